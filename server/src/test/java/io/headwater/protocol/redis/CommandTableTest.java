package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.protocol.redis.access.Users;
import io.headwater.protocol.redis.facts.CommandFacts;
import io.headwater.protocol.redis.table.Commands;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CommandTableTest {
  private final CommandTable table = Commands.all(Users.unshared());

  private @Nullable Command find(String name) {
    byte[] bytes = ("$$" + name + "\r\n$1\r\nx\r\n").getBytes(StandardCharsets.ISO_8859_1);
    return table.find(bytes, 2, name.length());
  }

  @Test
  void everyCommandAndSubcommandOfRedisIsDeclared() {
    assertThat(table.originals().keySet())
        .containsAll(CommandFacts.all().stream().map(CommandFacts::name).toList());
  }

  @Test
  void everyNameIsFoundInAnyCaseAndAtTheEndOfItsArray() {
    for (Command command : table.all()) {
      String name = command.name();
      byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
      assertThat(find(name)).isSameAs(command);
      assertThat(find(name.toUpperCase(Locale.ROOT))).isSameAs(command);
      assertThat(table.find(bytes, 0, bytes.length)).isSameAs(command);
    }
  }

  @Test
  void whatOnlyLooksLikeANameIsNone() {
    for (String name :
        new String[] {"", "ge", "gets", "get\0", "get ", "g\0t", " get", "\0", "\7et"}) {
      assertThat(find(name)).as(name).isNull();
    }
  }

  @Test
  void aRenamedCommandIsFoundByItsNewNameOnly() {
    Command get = find("get");

    table.rename("get", "fetch");

    assertThat(find("FETCH")).isSameAs(get);
    assertThat(find("get")).isNull();
    assertThat(find("set")).isNotNull();
  }
}
