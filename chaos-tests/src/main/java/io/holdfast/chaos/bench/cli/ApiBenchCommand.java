package io.holdfast.chaos.bench.cli;

import io.holdfast.chaos.bench.api.ApiBench;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.logging.Logging;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code holdfast bench api}. */
@Command(
        name = "api",
        mixinStandardHelpOptions = true,
        description = {
            "A whole controller with its own PostgreSQL under load, over 20 simulated hosts on this machine.",
            "",
            "Callers, controller, hosts and database share the processors. Servers are made as fast as they are accepted until the",
            "last is ACTIVE; a thousand are listed with details; then they are made at a fixed rate, each request at its time and",
            "measured from when it was due; at last tokens are issued for a password. Every change has its line in the audit",
            "trail. The processor time is the controller's, its hosts' and the database's, not the callers'. Takes about a minute.",
            "Exit code 1: a target was missed."
        })
final class ApiBenchCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "500",
            description = "POST servers in a second (default: ${DEFAULT-VALUE})")
    private int rate = 500;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "20",
            description = "how long they come (default: ${DEFAULT-VALUE})")
    private int seconds = 20;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "of the same before anything is measured (default: ${DEFAULT-VALUE})")
    private int warmUp = 10;

    @Option(
            names = "--instances",
            paramLabel = "N",
            defaultValue = "2000",
            description = "made for the rate to ACTIVE (default: ${DEFAULT-VALUE})")
    private int instances = 2000;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "64",
            description = "of callers at the fixed rate (default: ${DEFAULT-VALUE})")
    private int connections = 64;

    @Option(
            names = "--repeats",
            paramLabel = "N",
            defaultValue = "200",
            description = "logins, and readings of the list (at most 100) (default: ${DEFAULT-VALUE})")
    private int repeats = 200;

    @Option(
            names = "--jvm",
            paramLabel = "OPTION",
            description = "an option for the controller's JVM, for example one that records a profile; may be repeated")
    private List<String> jvm = List.of();

    @Option(names = "--json", description = "one JSON array instead of a table")
    private boolean json;

    ApiBenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Logging.silence();
        ApiBench.Options options = Usage.checked(
                spec, () -> new ApiBench.Options(rate, seconds, warmUp, instances, connections, repeats, jvm));
        Lines lines = new Lines(terminal, json);
        boolean kept = new ApiBench(options, lines::progress).run(lines::add);
        return lines.end(kept);
    }
}
