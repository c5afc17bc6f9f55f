package io.holdfast.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.Terminal;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
        Map<List<String>, List<String>> paths = new LinkedHashMap<>();
        // Built once: with some two hundred commands, a program for each of them took ten seconds.
        CommandLine program = program();
        collect(program, List.of(), List.of(), paths);
        assertThat(paths).containsKeys(List.of("demo"), List.of("lab", "up"), List.of("host", "force-down"));
        return paths.entrySet().stream()
                .map(path -> DynamicTest.dynamicTest(String.join(" ", path.getKey()), () -> {
                    List<String> words = new ArrayList<>(path.getKey());
                    words.add("--help");
                    out.getBuffer().setLength(0);
                    err.getBuffer().setLength(0);
                    assertThat(program.execute(words.toArray(String[]::new))).isZero();
                    assertThat(err.toString()).isEmpty();
                    assertThat(out.toString()).startsWith("Usage: holdfast " + String.join(" ", path.getValue()));
                    assertThat(out.toString().lines())
                            .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
                }))
                .toList();
    }

    /**
     * @param typed the words that lead to a command
     * @param named the same with the names of commands where aliases were typed, as its usage has them
     */
    private static void collect(
            CommandLine line, List<String> typed, List<String> named, Map<List<String>, List<String>> paths) {
        line.getSubcommands().forEach((name, sub) -> {
            List<String> deeper = with(typed, name);
            List<String> itsNames = with(named, sub.getCommandName());
            paths.put(deeper, itsNames);
            collect(sub, deeper, itsNames, paths);
        });
    }

    private static List<String> with(List<String> words, String last) {
        List<String> all = new ArrayList<>(words);
        all.add(last);
        return List.copyOf(all);
    }
}
