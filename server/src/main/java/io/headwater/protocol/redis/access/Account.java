package io.headwater.protocol.redis.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.Access;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.KeyReferences;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One user: how it shows who it is, and what it may do. Rules are applied to a {@link #copy} that
 * nobody uses yet; once in use a user does not change.
 */
final class Account implements Access.User {
  /** The protocol under which the catalog keeps the rules. */
  private static final String PROTOCOL = "redis";

  /** Whether payloads of RESTORE are looked through; nobody may have said. */
  private enum Sanitize {
    UNSAID(""),
    YES("sanitize-payload"),
    NO("skip-sanitize-payload");

    final String word;

    Sanitize(String word) {
      this.word = word;
    }
  }

  private final String name;
  private final CommandTable table;
  private boolean enabled;
  private boolean anyPassword;
  private Sanitize sanitize = Sanitize.UNSAID;
  private final Set<String> passwords = new LinkedHashSet<>();
  private Selector root;
  private final List<Selector> selectors = new ArrayList<>();

  /** Written down once, when it is first asked for: then no rule is applied any more. */
  private io.headwater.view.catalog.@Nullable User stored;

  private Account(String name, CommandTable table, Selector root) {
    this.name = name;
    this.table = table;
    this.root = root;
  }

  /** Off, without a password, and may do nothing. */
  static Account create(String name, CommandTable table, boolean allChannels) {
    return new Account(name, table, new Selector(table, allChannels));
  }

  /** The default user as long as nobody changed it: may do all, without a password. */
  static Account openDefault(CommandTable table) {
    Account user = create(Users.DEFAULT, table, false);
    try {
      for (String rule : List.of("on", "nopass", "~*", "&*", "+@all")) {
        user.apply(rule, false);
      }
    } catch (RuleRefused e) {
      throw new IllegalStateException(e);
    }
    return user;
  }

  Account copy() {
    Account copy = new Account(name, table, root.copy());
    copy.enabled = enabled;
    copy.anyPassword = anyPassword;
    copy.sanitize = sanitize;
    copy.passwords.addAll(passwords);
    selectors.forEach(selector -> copy.selectors.add(selector.copy()));
    return copy;
  }

  @Override
  public String name() {
    return name;
  }

  boolean isEnabled() {
    return enabled;
  }

  boolean takesAnyPassword() {
    return anyPassword;
  }

  Set<String> passwords() {
    return passwords;
  }

  Selector root() {
    return root;
  }

  List<Selector> selectors() {
    return selectors;
  }

  /** Whether everything is permitted, so that nothing needs a check. */
  boolean permitsAll() {
    return root.permitsAll() || selectors.stream().anyMatch(Selector::permitsAll);
  }

  /**
   * Applies one rule of ACL SETUSER.
   *
   * @param allChannels what {@code acl-pubsub-default} says of new selectors
   */
  void apply(String rule, boolean allChannels) throws RuleRefused {
    if (rule.isEmpty()) {
      return;
    }
    switch (rule.toLowerCase(Locale.ROOT)) {
      case "on" -> enabled = true;
      case "off" -> enabled = false;
      case "nopass" -> {
        anyPassword = true;
        passwords.clear();
      }
      case "resetpass" -> {
        anyPassword = false;
        passwords.clear();
      }
      case "sanitize-payload" -> sanitize = Sanitize.YES;
      case "skip-sanitize-payload" -> sanitize = Sanitize.NO;
      case "clearselectors" -> selectors.clear();
      case "reset" -> {
        anyPassword = false;
        passwords.clear();
        root = new Selector(table, allChannels);
        enabled = false;
        sanitize = Sanitize.YES;
        selectors.clear();
      }
      default -> applyPrefixed(rule, allChannels);
    }
  }

  private void applyPrefixed(String rule, boolean allChannels) throws RuleRefused {
    String rest = rule.substring(1);
    switch (rule.charAt(0)) {
      case '>' -> addPassword(hash(rest.getBytes(ISO_8859_1)));
      case '#' -> addPassword(checkedHash(rest));
      case '<' -> removePassword(hash(rest.getBytes(ISO_8859_1)));
      case '!' -> removePassword(checkedHash(rest));
      case '(' -> {
        if (!rule.endsWith(")") || rule.length() < 2) {
          root.apply(rule);
        } else {
          selectors.add(selector(rule.substring(1, rule.length() - 1), allChannels));
        }
      }
      default -> root.apply(rule);
    }
  }

  private Selector selector(String rules, boolean allChannels) throws RuleRefused {
    Selector selector = new Selector(table, allChannels);
    for (String rule : rules.split(" ", -1)) {
      if (!rule.isEmpty()) {
        selector.apply(rule);
      }
    }
    return selector;
  }

  private void addPassword(String hash) {
    passwords.add(hash);
    anyPassword = false;
  }

  private void removePassword(String hash) throws RuleRefused {
    if (!passwords.remove(hash)) {
      throw RuleRefused.NO_SUCH_PASSWORD;
    }
  }

  private static String checkedHash(String hash) throws RuleRefused {
    if (hash.length() != 64
        || !hash.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
      throw RuleRefused.NO_HASH;
    }
    return hash;
  }

  private static String hash(byte[] password) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(password));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** Whether somebody with this password is this user. Takes the same time for every wrong one. */
  boolean isSignedInBy(Bytes password) {
    byte[] given = hash(password.array()).getBytes(ISO_8859_1);
    boolean right = anyPassword;
    for (String hash : passwords) {
      right |= MessageDigest.isEqual(given, hash.getBytes(ISO_8859_1));
    }
    return right & enabled;
  }

  /**
   * What of a call is not permitted; null if all is.
   *
   * @param found is filled with the call's keys
   */
  @Nullable Denial check(Call call, Command command, KeyReferences found) {
    if (limitsKeys()) {
      found.find(command, call);
    }
    Denial denial = root.check(call, command, found);
    for (int i = 0; denial != null && i < selectors.size(); i++) {
      Denial next = selectors.get(i).check(call, command, found);
      denial = next == null ? null : Denial.graver(denial, next);
    }
    return denial;
  }

  private boolean limitsKeys() {
    boolean limits = !root.hasAllKeys();
    for (int i = 0; i < selectors.size(); i++) {
      limits |= !selectors.get(i).hasAllKeys();
    }
    return limits;
  }

  /** The channels that any selector permits; null for all. */
  @Nullable List<Bytes> permittedChannels() {
    List<Bytes> channels = new ArrayList<>(root.channels());
    boolean all = root.hasAllChannels();
    for (Selector selector : selectors) {
      channels.addAll(selector.channels());
      all |= selector.hasAllChannels();
    }
    return all ? null : channels;
  }

  /** As ACL GETUSER shows them. */
  List<String> flags() {
    List<String> flags = new ArrayList<>();
    flags.add(enabled ? "on" : "off");
    if (anyPassword) {
      flags.add("nopass");
    }
    if (sanitize != Sanitize.UNSAID) {
      flags.add(sanitize.word);
    }
    return flags;
  }

  /** As ACL LIST shows it, and a line of an ACL file. */
  String line() {
    StringBuilder line = new StringBuilder("user ").append(name);
    flags().forEach(flag -> line.append(' ').append(flag));
    passwords.forEach(hash -> line.append(" #").append(hash));
    line.append(' ').append(root.rules());
    selectors.forEach(selector -> line.append(" (").append(selector.rules()).append(')'));
    return line.toString();
  }

  /** As the catalog keeps it: the first line of the rules is the user's, then a selector a line. */
  io.headwater.view.catalog.User stored() {
    io.headwater.view.catalog.User known = stored;
    if (known == null) {
      known = store();
      stored = known;
    }
    return known;
  }

  private io.headwater.view.catalog.User store() {
    StringBuilder rules = new StringBuilder(sanitize.word).append(' ').append(root.rules());
    selectors.forEach(selector -> rules.append('\n').append(selector.rules()));
    return new io.headwater.view.catalog.User(
        name, enabled, anyPassword, List.copyOf(passwords), Map.of(PROTOCOL, rules.toString()));
  }

  /** From the catalog. A rule that this version does not know permits nothing. */
  static Account of(io.headwater.view.catalog.User stored, CommandTable table) {
    Account user = create(stored.name(), table, false);
    user.enabled = stored.enabled();
    user.anyPassword = stored.anyPassword();
    user.passwords.addAll(stored.passwords());
    String[] lines = stored.rules().getOrDefault(PROTOCOL, "").split("\n", -1);
    try {
      for (String rule : lines[0].split(" ", -1)) {
        user.apply(rule, false);
      }
      for (int i = 1; i < lines.length; i++) {
        user.selectors.add(user.selector(lines[i], false));
      }
    } catch (RuleRefused e) {
      System.getLogger(Account.class.getName())
          .log(
              System.Logger.Level.ERROR,
              "user " + stored.name() + " is off: its rules are not understood: " + e.reason());
      user.enabled = false;
      user.root = new Selector(table, false);
      user.selectors.clear();
    }
    user.stored = stored;
    return user;
  }
}
