package io.headwater;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** What {@link TidyTest} needs to know about source files, from the compiler's own parser. */
record JavaSources(
    List<Path> files, List<Method> methods, Set<String> typeNames, Set<String> packageNames) {

  /** A method or constructor; {@code name} is {@code Type.method}, {@code lines} its length. */
  record Method(Path file, String name, int lines) {}

  static JavaSources parse(List<Path> files) throws IOException {
    JavaSources sources =
        new JavaSources(files, new ArrayList<>(), new TreeSet<>(), new TreeSet<>());
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager manager =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  manager,
                  null,
                  List.of("-proc:none"),
                  null,
                  manager.getJavaFileObjectsFromPaths(files));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        sources.add(unit, positions);
      }
    }
    return sources;
  }

  private void add(CompilationUnitTree unit, SourcePositions positions) {
    Path file = Path.of(unit.getSourceFile().toUri());
    LineMap lineMap = unit.getLineMap();
    packageNames.add(String.valueOf(unit.getPackageName()));
    new TreeScanner<Void, String>() {
      @Override
      public Void visitClass(ClassTree type, String outer) {
        String name = type.getSimpleName().toString();
        if (!name.isEmpty()) {
          typeNames.add(name);
        }
        return super.visitClass(type, name.isEmpty() ? outer : name);
      }

      @Override
      public Void visitMethod(MethodTree method, String type) {
        long first = lineMap.getLineNumber(positions.getStartPosition(unit, method));
        long last = lineMap.getLineNumber(positions.getEndPosition(unit, method));
        methods.add(new Method(file, type + "." + method.getName(), (int) (last - first + 1)));
        return super.visitMethod(method, type);
      }
    }.scan(unit, "");
  }
}
