package io.holdfast.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.Terminal;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;

/** The program as it ships: whoever is told to ask a command for help is helped, on a terminal of eighty columns. */
class EveryCommandHelpsTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private CommandLine program() {
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Map.of(),
                Path.of("nowhere"),
                80,
                false,
                InstantSource.system());
        return HoldfastCommandLine.assemble(terminal, Main.sections(terminal));
    }

    @TestFactory
    List<DynamicTest> helps() {
        List<List<String>> paths = new ArrayList<>();
        // Built once: with some two hundred commands, a program for each of them took ten seconds.
        CommandLine program = program();
        collect(program, List.of(), paths);
        assertThat(paths).contains(List.of("demo"), List.of("lab", "up"), List.of("host", "force-down"));
        return paths.stream()
                .map(path -> DynamicTest.dynamicTest(String.join(" ", path), () -> {
                    List<String> words = new ArrayList<>(path);
                    words.add("--help");
                    out.getBuffer().setLength(0);
                    err.getBuffer().setLength(0);
                    assertThat(program.execute(words.toArray(String[]::new))).isZero();
                    assertThat(err.toString()).isEmpty();
                    assertThat(out.toString()).startsWith("Usage: holdfast " + String.join(" ", path));
                    assertThat(out.toString().lines())
                            .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
                }))
                .toList();
    }

    private static void collect(CommandLine line, List<String> path, List<List<String>> paths) {
        line.getSubcommands().forEach((name, sub) -> {
            List<String> deeper = new ArrayList<>(path);
            deeper.add(name);
            paths.add(List.copyOf(deeper));
            collect(sub, deeper, paths);
        });
    }
}
