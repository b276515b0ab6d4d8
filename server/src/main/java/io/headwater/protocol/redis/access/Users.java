package io.headwater.protocol.redis.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.headwater.bytes.Bytes;
import io.headwater.bytes.HeapBudget;
import io.headwater.host.Loop;
import io.headwater.protocol.redis.Access;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.KeyReferences;
import io.headwater.protocol.redis.PubSub;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.protocol.redis.settings.RedisConf;
import io.headwater.protocol.redis.settings.Settings;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The users of a server. Loop only. */
public final class Users implements Access {
  static final String DEFAULT = "default";

  /** Of the heap, for all users. */
  private static final int HEAP_PERCENT = 5;

  private static final int USER_BYTES = 2_000;

  /** A rule is an object with arrays of its own here, and text in several places. */
  private static final int RULE_BYTES_FACTOR = 12;

  private static final int PASSWORD_BYTES = 250;

  private static final String PROTECTED =
      "DENIED Redis is running in protected mode because protected mode is enabled and no password"
          + " is set for the default user. In this mode connections are only accepted from the"
          + " loopback interface. If you want to connect from external computers you may adopt one"
          + " of the following solutions: 1) Set a password for the default user, with 'ACL SETUSER"
          + " default >PASSWORD' or 'CONFIG SET requirepass PASSWORD' from the host that the server"
          + " runs on, or with requirepass in its configuration. 2) If the port cannot be reached"
          + " from the internet, disable protected mode with 'CONFIG SET protected-mode no' from"
          + " that host, or with protected-mode in the configuration.";

  private final @Nullable Catalog catalog;
  private final @Nullable Loop loop;
  private final Executor files;
  private final AclLog log = new AclLog();
  private final KeyReferences found = new KeyReferences();
  private final Map<String, Account> byName = new TreeMap<>();
  private @Nullable RedisServer server;
  private HeapBudget.@Nullable Share held;

  /** What the catalog held when we last looked; the catalog loop compares it with what it has. */
  private volatile Map<String, io.headwater.view.catalog.User> learned = Map.of();

  /** Changes that the catalog has not finished, and the last one of them. */
  private int pending;

  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);
  private boolean allChannels;
  private boolean protectedMode;

  /**
   * @param catalog where users are kept; null forgets them
   * @param loop the keyspace loop; with a catalog only
   * @param files where files are written
   */
  public Users(@Nullable Catalog catalog, @Nullable Loop loop, Executor files) {
    this.catalog = catalog;
    this.loop = loop;
    this.files = files;
  }

  /** Of one server that forgets them, on any loop. */
  public static Users unshared() {
    return new Users(null, null, Runnable::run);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the configuration's users or the ACL file are wrong
   */
  @Override
  public void attach(RedisServer of) {
    server = of;
    held = of.keyspace().heap().share(HEAP_PERCENT);
    remember(Account.openDefault(of.table()));
    Settings settings = of.settings();
    settings.follow("acl-pubsub-default", word -> allChannels = word.equals("allchannels"));
    settings.follow("protected-mode", word -> protectedMode = word.equals("yes"));
    settings.followNumber("acllog-max-len", log::setLengthMax);
    settings.rewritesAs("user", this::rewritten);
    if (catalog != null) {
      learn(catalog.state().users());
      catalog.addListener(state -> {
        if (state.users() != learned) {
          loop().execute(this::relearn);
        }
      });
    }
    startWithConfiguration(settings);
    boolean[] started = new boolean[1];
    settings.follow(
        "requirepass",
        password -> {
          if (started[0] || !password.isEmpty()) {
            requirePassword(password);
          }
        });
    started[0] = true;
  }

  /** A user of the configuration is at each start what its line says. */
  private void startWithConfiguration(Settings settings) {
    String file = settings.text("aclfile");
    RedisConf conf = server().options().conf();
    List<List<String>> configured = new ArrayList<>();
    if (conf != null) {
      conf.users().forEach(words -> configured.add(userLine(words)));
    }
    try {
      if (!file.isEmpty() && !configured.isEmpty()) {
        throw new IllegalArgumentException(
            "users in the configuration and an aclfile at the same time: use one of them");
      }
      if (!file.isEmpty()) {
        replaceAll(aclFile(file).read(server().table(), allChannels));
      }
      AclFile.usersOf(configured, "users of the configuration", server().table(), allChannels)
          .values()
          .forEach(this::put);
    } catch (AclFile.Refused e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static List<String> userLine(List<String> words) {
    List<String> line = new ArrayList<>(words);
    line.addFirst("user");
    return line;
  }

  /** The lines of CONFIG REWRITE: none where the ACL file holds the users. */
  private List<String> rewritten() {
    return server().settings().text("aclfile").isEmpty()
        ? byName.values().stream().map(user -> user.line().substring("user ".length())).toList()
        : List.of();
  }

  private AclFile aclFile(String name) {
    return new AclFile(Path.of(server().options().folder()).resolve(name));
  }

  private Loop loop() {
    return Objects.requireNonNull(loop);
  }

  private RedisServer server() {
    return Objects.requireNonNull(server);
  }

  // ---- what the core asks

  @Override
  public @Nullable String welcome(RedisSession session) {
    Account user = defaultUser();
    boolean in = !needsPassword();
    session.setUser(user, in, in && user.permitsAll());
    boolean remote = !isLoopback(session);
    return protectedMode && remote && user.takesAnyPassword() ? PROTECTED : null;
  }

  private static boolean isLoopback(RedisSession session) {
    java.net.InetAddress address = session.connection().remote().getAddress();
    return address == null || address.isLoopbackAddress();
  }

  /** Whether a client has to say who it is before it may do anything. */
  private boolean needsPassword() {
    Account user = defaultUser();
    return !user.takesAnyPassword() || !user.isEnabled();
  }

  @Override
  public void check(Call call, Command command) {
    RedisSession session = call.session();
    if (mustSignIn(session) && !command.has(Flags.NO_AUTH)) {
      throw new CommandError("NOAUTH Authentication required.");
    }
    Denial denial = denial(call, command);
    if (denial != null) {
      note(denial, context(session), call, command);
      throw new CommandError(
          "NOPERM this user has no permissions to "
              + switch (denial.reason()) {
                case KEY -> "access one of the keys used as arguments";
                case CHANNEL -> "access one of the channels used as arguments";
                case COMMAND, AUTH -> "run the '" + command.name() + "' command";
              });
    }
  }

  private static AclLog.Context context(RedisSession session) {
    return session.transaction().isOpen() ? AclLog.Context.MULTI : AclLog.Context.TOPLEVEL;
  }

  private @Nullable Denial denial(Call call, Command command) {
    return ((Account) call.session().user()).check(call, command, found);
  }

  private void note(Denial denial, AclLog.Context context, Call call, Command command) {
    String object =
        denial.reason() == Denial.Reason.COMMAND ? command.name() : call.text(denial.argument());
    RedisSession session = call.session();
    log.add(
        denial.reason(),
        context,
        object,
        session.user().name(),
        session,
        server().clock().wallMs());
  }

  @Override
  public @Nullable String refusalAtExec(Call call, Command command) {
    Denial denial = denial(call, command);
    if (denial == null) {
      return null;
    }
    note(denial, AclLog.Context.MULTI, call, command);
    return "NOPERM ACLs rules changed between the moment the transaction was accumulated and the"
        + " EXEC call. This command is no longer allowed for the following reason: "
        + denial.reason().atExec;
  }

  @Override
  public @Nullable String refusalInScript(Call call, Command command) {
    Denial denial = call.session().isFree() ? null : denial(call, command);
    if (denial == null) {
      return null;
    }
    note(denial, AclLog.Context.SCRIPT, call, command);
    return denial.reason().inScript;
  }

  @Override
  public boolean permits(Call call, Command command) {
    return call.session().isFree() || denial(call, command) == null;
  }

  @Override
  public void signIn(Call call, String name, Bytes password) {
    Account user = byName.get(name);
    RedisSession session = call.session();
    // Without such a user the password is checked all the same, against the default user's.
    boolean right = (user == null ? defaultUser() : user).isSignedInBy(password) & user != null;
    if (!right) {
      log.add(
          Denial.Reason.AUTH,
          context(session),
          call.text(0),
          name,
          session,
          server().clock().wallMs());
      throw new CommandError("WRONGPASS invalid username-password pair or user is disabled.");
    }
    session.setUser(Objects.requireNonNull(user), true, user.permitsAll());
  }

  @Override
  public boolean mustSignIn(RedisSession session) {
    return !session.isAuthenticated() && needsPassword();
  }

  @Override
  public boolean knows(String user) {
    return byName.containsKey(user);
  }

  @Override
  public void settle(Call call) {
    if (pending > 0) {
      call.session().answerAfter(last);
    }
  }

  // ---- what the commands ask

  Account defaultUser() {
    return Objects.requireNonNull(byName.get(DEFAULT));
  }

  @Nullable Account find(String name) {
    return byName.get(name);
  }

  /** In order of names. */
  Collection<Account> all() {
    return byName.values();
  }

  AclLog log() {
    return log;
  }

  CommandTable table() {
    return server().table();
  }

  /** What {@code acl-pubsub-default} says. */
  boolean allChannelsByDefault() {
    return allChannels;
  }

  /** What of a call a user may not do; null if nothing. */
  @Nullable Denial check(Account user, Call call, Command command) {
    return user.check(call, command, found);
  }

  /**
   * A new user, or all that one is from now on.
   *
   * @throws CommandError if all users together would take too much memory
   */
  void put(Account user) {
    Account before = byName.get(user.name());
    long more = bytesOf(user) - (before == null ? 0 : bytesOf(before));
    if (more > 0 && held().bytes() + more > held().bytesMax()) {
      throw new CommandError("OOM all users together need more memory than the server has");
    }
    install(user);
    keep(List.of(new CatalogEvent.UserPut(user.stored())));
  }

  private HeapBudget.Share held() {
    return Objects.requireNonNull(held);
  }

  private void remember(Account user) {
    forget(user.name());
    byName.put(user.name(), user);
    held().add(bytesOf(user));
  }

  private boolean forget(String name) {
    Account user = byName.remove(name);
    if (user != null) {
      held().add(-bytesOf(user));
    }
    return user != null;
  }

  /** What a user takes of the heap, here and in the catalog, in its states and on the way there. */
  private static long bytesOf(Account user) {
    io.headwater.view.catalog.User stored = user.stored();
    long rules = stored.rules().values().stream().mapToLong(String::length).sum();
    return USER_BYTES
        + RULE_BYTES_FACTOR * (stored.name().length() + rules)
        + PASSWORD_BYTES * (long) stored.passwords().size();
  }

  /**
   * Deletes users and closes their connections.
   *
   * @param current whose reply still leaves
   * @return how many there were
   */
  int delete(List<String> names, RedisSession current) {
    List<CatalogEvent> events = new ArrayList<>();
    for (String name : names) {
      if (forget(name)) {
        events.add(new CatalogEvent.UserDeleted(name));
      }
    }
    if (!events.isEmpty()) {
      keep(events);
      settleThenClose(current, session -> !knows(session.user().name()));
    }
    return events.size();
  }

  /**
   * Reads the ACL file and takes its users instead of all present ones; connections of others than
   * the default user are closed.
   */
  void load(RedisSession current) throws AclFile.Refused {
    replaceAll(aclFile(server().settings().text("aclfile")).read(table(), allChannels));
    settleThenClose(current, session -> !session.user().name().equals(DEFAULT));
  }

  /** Completes when the ACL file holds all users; fails with a {@link CommandError}. */
  CompletableFuture<?> save() {
    List<String> lines = byName.values().stream().map(Account::line).toList();
    AclFile file = aclFile(server().settings().text("aclfile"));
    return CompletableFuture.runAsync(
        () -> {
          try {
            file.write(lines);
          } catch (java.io.IOException e) {
            System.getLogger(Users.class.getName())
                .log(System.Logger.Level.WARNING, "the ACL file was not written", e);
            throw new CommandError(
                "ERR There was an error trying to save the ACLs. Please check the server logs for"
                    + " more information");
          }
        },
        files);
  }

  private void replaceAll(Map<String, Account> users) {
    users.putIfAbsent(DEFAULT, Account.openDefault(table()));
    List<CatalogEvent> events = new ArrayList<>();
    for (String name : List.copyOf(byName.keySet())) {
      if (!users.containsKey(name)) {
        forget(name);
        events.add(new CatalogEvent.UserDeleted(name));
      }
    }
    for (Account user : users.values()) {
      Account before = byName.get(user.name());
      if (before == null || !before.stored().equals(user.stored())) {
        install(user);
        events.add(new CatalogEvent.UserPut(user.stored()));
      }
    }
    if (!events.isEmpty()) {
      keep(events);
    }
  }

  /** As {@code requirepass}: the default user's only password, or none. */
  private void requirePassword(String password) {
    Account user = defaultUser().copy();
    try {
      user.apply("resetpass", allChannels);
      user.apply(password.isEmpty() ? "nopass" : ">" + password, allChannels);
    } catch (RuleRefused e) {
      throw new IllegalStateException(e); // there is no wrong password
    }
    if (!user.stored().equals(defaultUser().stored())) {
      put(user);
    }
  }

  // ---- changes

  private void keep(List<CatalogEvent> events) {
    if (catalog == null) {
      return;
    }
    pending++;
    CompletableFuture<?> change = catalog.change(_ -> new Catalog.Decision.Accept(events));
    last = change;
    change.whenComplete((_, _) ->
        loop()
            .execute(() -> {
              pending--;
              relearn();
            }));
  }

  /** Takes over what the catalog holds, unless changes of ours are still on their way to it. */
  private void relearn() {
    if (pending == 0 && catalog != null) {
      learn(catalog.state().users());
    }
  }

  private void learn(Map<String, io.headwater.view.catalog.User> stored) {
    if (stored == learned) {
      return;
    }
    learned = stored;
    Set<String> gone = new TreeSet<>(byName.keySet());
    gone.removeAll(stored.keySet());
    gone.remove(DEFAULT);
    gone.forEach(this::forget);
    if (!stored.containsKey(DEFAULT)) {
      learn(Account.openDefault(table()).stored());
    }
    stored.values().forEach(this::learn);
    close(session -> gone.contains(session.user().name()), null);
  }

  private void learn(io.headwater.view.catalog.User stored) {
    Account before = byName.get(stored.name());
    if (before == null || !before.stored().equals(stored)) {
      install(Account.of(stored, table()));
    }
  }

  private void install(Account user) {
    remember(user);
    boolean isDefault = user.name().equals(DEFAULT);
    for (RedisSession session : server().sessions()) {
      boolean own = session.user().name().equals(user.name());
      if (own || isDefault) {
        Account now = own ? user : (Account) session.user();
        boolean in = session.isAuthenticated();
        session.setUser(now, in, now.permitsAll() && (in || !needsPassword()));
      }
    }
    List<Bytes> channels = user.permittedChannels();
    if (channels != null) {
      close(
          session ->
              session.user().name().equals(user.name()) && listensElsewhere(session, channels),
          null);
    }
  }

  private static boolean listensElsewhere(RedisSession session, List<Bytes> channels) {
    for (PubSub.Kind kind : PubSub.Kind.values()) {
      for (Bytes name : PubSub.own(session, kind)) {
        boolean literally = kind == PubSub.Kind.PATTERN;
        if (!Selector.permitsChannel(channels, name.array(), 0, name.length(), literally)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The current client's connection is closed too, but only after its reply. */
  private void settleThenClose(RedisSession current, Predicate<RedisSession> doomed) {
    if (pending > 0) {
      current.answerAfter(last);
    }
    close(doomed, current);
  }

  private void close(Predicate<RedisSession> doomed, @Nullable RedisSession current) {
    for (RedisSession session : List.copyOf(server().sessions())) {
      if (doomed.test(session)) {
        if (session == current) {
          session.closeAfterReply();
        } else {
          session.closeNow();
        }
      }
    }
  }

  /** A text of Latin-1 characters as the bytes that they stand for. */
  static void bulk(Reply reply, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    reply.bulk(bytes, 0, bytes.length);
  }
}
