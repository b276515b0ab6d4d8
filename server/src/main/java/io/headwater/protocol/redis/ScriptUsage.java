package io.headwater.protocol.redis;

/** What scripts and functions take, for INFO. */
public interface ScriptUsage {
  /** Nothing. */
  ScriptUsage NONE = _ -> new Figures(0, 0, 0, 0, 0, 0, 0);

  /**
   * Sizes in bytes, and numbers.
   *
   * @param evalStateBytes what the interpreter of EVAL holds
   * @param evalBytes scripts that are known, their code included
   * @param scripts how many are known
   * @param functionStateBytes what the interpreter of functions holds
   * @param functionBytes libraries' code
   */
  record Figures(
      long evalStateBytes,
      long evalBytes,
      long scripts,
      long functionStateBytes,
      long functionBytes,
      long functions,
      long libraries) {}

  Figures figures(Call call);
}
