package io.holdfast.chaos.bench.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.holdfast.chaos.bench.Line;
import io.holdfast.server.cli.ExitCode;
import io.holdfast.server.cli.Terminal;
import java.util.Locale;

/** Tells the lines of a measurement, each as soon as it is there, or all as one JSON array at the end. */
final class Lines {

    private final Terminal terminal;
    private final boolean json;
    private final ArrayNode all = JsonNodeFactory.instance.arrayNode();

    Lines(Terminal terminal, boolean json) {
        this.terminal = terminal;
        this.json = json;
    }

    void progress(String what) {
        terminal.err().println("holdfast: " + what);
        terminal.err().flush();
    }

    void add(Line line) {
        all.add(line.json());
        if (!json) {
            terminal.out()
                    .printf(
                            Locale.ROOT,
                            "%-12s %s%n%-12s %s%s%n%n",
                            line.name(),
                            line.what(),
                            line.kept() ? "" : "MISSED",
                            line.measured(),
                            line.target().isEmpty() ? "" : " (target: " + line.target() + ")");
            terminal.out().flush();
        }
    }

    /** @return the exit code */
    int end(boolean kept) {
        if (json) {
            terminal.out().println(all.toPrettyString());
            terminal.out().flush();
        }
        return kept ? ExitCode.OK.code() : ExitCode.FAILED.code();
    }
}
