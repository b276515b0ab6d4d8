package io.headwater.protocol.redis.access;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.NO_AUTH;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.facts.Category;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.resp.Arguments;
import io.headwater.protocol.redis.resp.Reply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** AUTH and ACL. */
public final class AclCommands {
  private static final int FLAGS = Flags.ADMIN | NOSCRIPT | LOADING | STALE;
  private static final int PASSWORD_BITS_MAX = 4096;
  private static final int LOG_SHOWN = 10;

  private final Users users;

  private AclCommands(Users users) {
    this.users = users;
  }

  public static void addTo(CommandTable table, Users users) {
    AclCommands commands = new AclCommands(users);
    table.add(
        command(
                "auth",
                -2,
                NOSCRIPT | LOADING | STALE | FAST | NO_AUTH,
                Group.CONNECTION,
                "1.0.0",
                "Says who the client is")
            .does(commands::auth));
    table.add(
        command("acl", -2, 0, Group.SERVER, "6.0.0", "Says who may do what")
            .sub(sub("cat", "Lists the categories or a category's commands", commands::cat))
            .sub(sub("deluser", "Deletes users and closes their connections", commands::deluser))
            .sub(sub("dryrun", "Says whether a user may run a command", commands::dryrun))
            .sub(sub("genpass", "Makes up a password", AclCommands::genpass))
            .sub(sub("getuser", "Describes a user", commands::getuser))
            .sub(sub("list", "Lists the users as lines of an ACL file", commands::list))
            .sub(sub("load", "Takes the users of the ACL file", commands::load))
            .sub(sub("log", "Lists what was refused lately", commands::log))
            .sub(sub("save", "Writes the users to the ACL file", commands::save))
            .sub(sub("setuser", "Creates or changes a user", commands::setuser))
            .sub(sub("users", "Lists the users' names", commands::names))
            .sub(
                sub(
                    "whoami",
                    "Returns the client's user",
                    call -> Users.bulk(call.reply(), call.session().user().name())))
            .sub(Help.of("acl", Group.SERVER))
            .container());
  }

  private static Command sub(String name, String summary, Command.Handler handler) {
    return command("acl|" + name, -2, FLAGS, Group.SERVER, "6.0.0", summary).does(handler);
  }

  private void auth(Call call) {
    if (call.count() > 3) {
      throw CommandError.SYNTAX;
    }
    if (call.count() == 2 && users.defaultUser().takesAnyPassword()) {
      throw new CommandError(
          "ERR AUTH <password> called without any password configured for the default user. Are"
              + " you sure your configuration is correct?");
    }
    String name = call.count() == 2 ? Users.DEFAULT : call.text(1);
    users.signIn(call, name, call.bytes(call.count() - 1));
    call.reply().ok();
  }

  private void setuser(Call call) {
    String name = call.text(2);
    if (Selector.hasSpaces(name)) {
      throw new CommandError("ERR Usernames can't contain spaces or null characters");
    }
    List<String> words = new ArrayList<>();
    for (int i = 3; i < call.count(); i++) {
      words.add(call.text(i));
    }
    RuleLine line = RuleLine.of(words);
    if (line.unmatched() != null) {
      throw new CommandError(
          "ERR Unmatched parenthesis in acl selector starting at '" + line.unmatched() + "'.");
    }
    Account before = users.find(name);
    boolean allChannels = users.allChannelsByDefault();
    Account user =
        before == null ? Account.create(name, users.table(), allChannels) : before.copy();
    for (String rule : line.rules()) {
      try {
        user.apply(rule, allChannels);
      } catch (RuleRefused e) {
        throw new CommandError("ERR Error in ACL SETUSER modifier '" + rule + "': " + e.reason());
      }
    }
    users.put(user);
    users.settle(call);
    call.reply().ok();
  }

  private void deluser(Call call) {
    List<String> names = new ArrayList<>();
    for (int i = 2; i < call.count(); i++) {
      if (call.text(i).equals(Users.DEFAULT)) {
        throw new CommandError("ERR The 'default' user cannot be removed");
      }
      names.add(call.text(i));
    }
    call.reply().integer(users.delete(names, call.session()));
  }

  private void getuser(Call call) {
    Account user = users.find(call.text(2));
    Reply reply = call.reply();
    if (user == null) {
      reply.nil();
      return;
    }
    reply.map(6);
    reply.bulk("flags");
    reply.set(user.flags().size());
    user.flags().forEach(reply::bulk);
    reply.bulk("passwords");
    reply.array(user.passwords().size());
    user.passwords().forEach(reply::bulk);
    describe(reply, user.root());
    reply.bulk("selectors");
    reply.array(user.selectors().size());
    for (Selector selector : user.selectors()) {
      reply.map(3);
      describe(reply, selector);
    }
  }

  private static void describe(Reply reply, Selector selector) {
    reply.bulk("commands");
    Users.bulk(reply, selector.commandRules());
    reply.bulk("keys");
    Users.bulk(reply, selector.keyRules());
    reply.bulk("channels");
    Users.bulk(reply, selector.channelRules());
  }

  private void list(Call call) {
    Collection<Account> all = users.all();
    call.reply().array(all.size());
    all.forEach(user -> Users.bulk(call.reply(), user.line()));
  }

  private void names(Call call) {
    Collection<Account> all = users.all();
    call.reply().array(all.size());
    all.forEach(user -> Users.bulk(call.reply(), user.name()));
  }

  private void cat(Call call) {
    if (call.count() > 3) {
      throw wrong(call);
    }
    if (call.count() == 2) {
      call.reply().array(Category.values().length);
      for (Category category : Category.values()) {
        call.reply().bulk(category.word);
      }
      return;
    }
    Category category = Category.of(call.text(2));
    if (category == null) {
      throw new CommandError("ERR Unknown category '" + call.text(2) + "'");
    }
    List<String> names =
        users.table().numbered().stream()
            .filter(command -> command.facts().isIn(category) && command.group() != Group.INTERNAL)
            .map(Command::name)
            .sorted()
            .toList();
    call.reply().array(names.size());
    names.forEach(call.reply()::bulk);
  }

  private static CommandError wrong(Call call) {
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '"
            + call.text(1)
            + "'. Try ACL HELP.");
  }

  private static void genpass(Call call) {
    if (call.count() > 3) {
      throw wrong(call);
    }
    long bits = call.count() == 3 ? call.integer(2) : 256;
    if (bits <= 0 || bits > PASSWORD_BITS_MAX) {
      throw new CommandError(
          "ERR ACL GENPASS argument must be the number of bits for the output password, a positive"
              + " number up to "
              + PASSWORD_BITS_MAX);
    }
    int digits = (int) (bits + 3) / 4;
    byte[] random = new byte[(digits + 1) / 2];
    call.server().random().nextBytes(random);
    call.reply().bulk(HexFormat.of().formatHex(random).substring(0, digits));
  }

  private void log(Call call) {
    if (call.count() > 3) {
      throw wrong(call);
    }
    if (call.count() == 3 && call.is(2, "reset")) {
      users.log().clear();
      call.reply().ok();
      return;
    }
    long count = call.count() == 3 ? call.integer(2) : LOG_SHOWN;
    users.log().show(call.reply(), count, call.server().clock().wallMs());
  }

  private void dryrun(Call call) {
    Account user = users.find(call.text(2));
    if (user == null) {
      throw new CommandError("ERR User '" + call.text(2) + "' not found");
    }
    Call inner = new Call(call.server(), call.session());
    Arguments arguments = new Arguments();
    for (int i = 3; i < call.count(); i++) {
      arguments.add(call.start(i), call.length(i));
    }
    inner.begin(call.session(), call.array(), arguments);
    Command command = users.table().find(inner.array(), inner.start(0), inner.length(0));
    command = command == null ? null : CommandTable.subcommandOrNull(command, inner);
    if (command == null) {
      throw new CommandError("ERR Command '" + inner.text(0) + "' not found");
    }
    if (!command.takes(inner.count())) {
      throw new CommandError("ERR wrong number of arguments for '" + command.name() + "' command");
    }
    Denial denial = users.check(user, inner, command);
    if (denial == null) {
      call.reply().ok();
    } else {
      Users.bulk(call.reply(), sentence(denial, inner, command));
    }
  }

  private static String sentence(Denial denial, Call call, Command command) {
    return "This user has no permissions to "
        + switch (denial.reason()) {
          case KEY -> "access the '" + call.text(denial.argument()) + "' key";
          case CHANNEL -> "access the '" + call.text(denial.argument()) + "' channel";
          case COMMAND, AUTH -> "run the '" + command.name() + "' command";
        };
  }

  private static @Nullable CommandError withoutFile(Call call) {
    return call.server().settings().text("aclfile").isEmpty()
        ? new CommandError(
            "ERR This Redis instance is not configured to use an ACL file. You may want to specify"
                + " users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you"
                + " have a Redis configuration file set) in order to store users in the Redis"
                + " configuration.")
        : null;
  }

  private void save(Call call) {
    CommandError refusal = withoutFile(call);
    if (refusal != null) {
      throw refusal;
    }
    call.session().answerAfter(users.save());
    call.reply().ok();
  }

  private void load(Call call) {
    CommandError refusal = withoutFile(call);
    if (refusal != null) {
      throw refusal;
    }
    try {
      users.load(call.session());
    } catch (AclFile.Refused e) {
      throw new CommandError("ERR " + e.getMessage());
    }
    call.reply().ok();
  }
}
