package io.headwater.protocol.elastic;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.protocol.elastic.dsl.UpdateBody;
import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.error.ElasticException;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.search.WriteOp;
import io.headwater.view.search.WriteOp.Condition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of {@code _bulk}: an action, then for all but {@code delete} a document, which is
 * not looked into here. A wrong action fails the request, as in Elasticsearch, because what follows
 * cannot be told apart; what is wrong with one operation alone fails that operation.
 */
final class BulkReader {
  /** Two objects are made for each operation, and a line can be as short as 20 bytes. */
  static final int OPERATIONS_MAX = 200_000;

  /**
   * One operation, or why there is none.
   *
   * @param action {@code index}, {@code create}, {@code update} or {@code delete}
   */
  record Item(
      String action,
      String index,
      @Nullable String id,
      @Nullable WriteOp op,
      @Nullable ElasticError error) {}

  private final byte[] body;
  private final @Nullable String defaultIndex;
  private int next;
  private int line;

  private BulkReader(byte[] body, @Nullable String defaultIndex) {
    this.body = body;
    this.defaultIndex = defaultIndex;
  }

  static List<Item> read(byte[] body, @Nullable String defaultIndex) {
    if (body.length > 0 && body[body.length - 1] != '\n') {
      throw ElasticError.illegalArgument("The bulk request must be terminated by a newline [\\n]")
          .exception();
    }
    BulkReader reader = new BulkReader(body, defaultIndex);
    List<Item> items = new ArrayList<>();
    while (reader.next < body.length) {
      int start = reader.next;
      int end = reader.lineEnd();
      if (end == start) {
        continue; // Elasticsearch skips empty lines between operations
      }
      if (items.size() == OPERATIONS_MAX) {
        throw new FailureException(
            new Failure.TooLarge("bulk request", OPERATIONS_MAX + 1L, OPERATIONS_MAX));
      }
      items.add(reader.item(start, end));
    }
    if (items.isEmpty()) {
      throw ElasticError.validation("no requests added").exception();
    }
    return items;
  }

  /** Moves behind the next newline and returns where its line ends, without CR and LF. */
  private int lineEnd() {
    int end = next;
    while (body[end] != '\n') {
      end++;
    }
    int after = end + 1;
    if (end > next && body[end - 1] == '\r') {
      end--;
    }
    next = after;
    line++;
    return end;
  }

  private Item item(int start, int end) {
    int actionLine = line;
    if (!(JsonValue.parse(body, start, end - start)
        instanceof JsonValue.Obj(Map<String, JsonValue> actions, _))) {
      throw malformed("expected START_OBJECT but found another value");
    }
    if (actions.size() != 1) {
      throw malformed(
          actions.isEmpty()
              ? "expected FIELD_NAME but found [END_OBJECT]"
              : "expected END_OBJECT but found [FIELD_NAME]");
    }
    Map.Entry<String, JsonValue> entry = actions.entrySet().iterator().next();
    String action = entry.getKey();
    if (!List.of("index", "create", "update", "delete").contains(action)) {
      throw malformed(
          "expected field [create], [delete], [index] or [update] but found [" + action + "]");
    }
    if (!(entry.getValue() instanceof JsonValue.Obj(Map<String, JsonValue> options, _))) {
      throw malformed("expected START_OBJECT but found [" + entry.getValue().kind() + "]");
    }
    BulkAction meta = BulkAction.read(actionLine, options, defaultIndex);
    if (action.equals("delete")) {
      return checked(action, meta, 0, 0);
    }
    if (next >= body.length) {
      throw ElasticError.illegalArgument(
              "Malformed action/metadata line [" + actionLine + "], a document must follow it")
          .exception();
    }
    int documentStart = next;
    return checked(action, meta, documentStart, lineEnd());
  }

  private ElasticException malformed(String what) {
    return ElasticError.illegalArgument("Malformed action/metadata line [" + line + "], " + what)
        .exception();
  }

  private Item checked(String action, BulkAction meta, int start, int end) {
    String index = meta.index();
    try {
      IndexNames.check(index);
      if (meta.id() != null) {
        Writes.checkId(meta.id());
      }
      return new Item(action, index, meta.id(), op(action, meta, start, end), null);
    } catch (ElasticException e) {
      return new Item(action, index, meta.id(), null, e.error());
    }
  }

  private WriteOp op(String action, BulkAction meta, int start, int end) {
    Condition condition = Writes.condition(meta::option);
    String id = meta.id();
    return switch (action) {
      case "index", "create" ->
          new WriteOp.Put(
              meta.index(),
              id,
              Arrays.copyOfRange(body, start, end),
              action.equals("create") || "create".equals(meta.option("op_type"))
                  ? WriteOp.Mode.CREATE
                  : WriteOp.Mode.INDEX,
              condition);
      case "update" ->
          UpdateBody.read(meta.index(), required(id), condition, body, start, end - start);
      case "delete" -> new WriteOp.Delete(meta.index(), required(id), condition);
      default -> throw new IllegalStateException(action);
    };
  }

  private static String required(@Nullable String id) {
    if (id == null) {
      throw ElasticError.validation("id is missing").exception();
    }
    return id;
  }
}
