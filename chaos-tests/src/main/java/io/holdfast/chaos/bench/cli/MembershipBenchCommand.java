package io.holdfast.chaos.bench.cli;

import io.holdfast.chaos.bench.MembershipBench;
import io.holdfast.server.Scratch;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.logging.Logging;
import io.holdfast.server.settings.Durations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code holdfast bench membership}. */
@Command(
        name = "membership",
        mixinStandardHelpOptions = true,
        description = {
            "A thousand agents against one controller's membership, over this machine's loopback.",
            "",
            "The controller's part is the product's: embedded ZooKeeper with TLS, the watch over the leases, the machine. Each",
            "agent has a TLS connection, a session and a lease of its own, and asks what an agent asks, at its pace; a datagram",
            "every heartbeat interval stands in for the group, whose cost is measured by itself (--whole): there every member",
            "hears every other. Takes about three minutes. Exit code 1: a target was missed."
        })
final class MembershipBenchCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--agents",
            paramLabel = "N",
            defaultValue = "1000",
            description = "agents in the steady state (default: ${DEFAULT-VALUE})")
    private int agents = 1000;

    @Option(
            names = "--members",
            paramLabel = "N",
            defaultValue = "2000",
            description = "members of the bootstrap (default: ${DEFAULT-VALUE})")
    private int members = 2000;

    @Option(
            names = "--crashes",
            paramLabel = "N",
            defaultValue = "10",
            description = "agents that crash at one moment (default: ${DEFAULT-VALUE})")
    private int crashes = 10;

    @Option(
            names = "--arrival",
            paramLabel = "TIME",
            defaultValue = "5s",
            description = "over which they come (default: ${DEFAULT-VALUE})")
    private String arrival = "5s";

    @Option(
            names = "--window",
            paramLabel = "TIME",
            defaultValue = "20s",
            description = "how long the steady state is measured (default: ${DEFAULT-VALUE})")
    private String window = "20s";

    @Option(
            names = "--whole",
            paramLabel = "N[,N]",
            split = ",",
            defaultValue = "8,16",
            description =
                    "sizes at which whole agents are measured, with the group; 0 for none (default: ${DEFAULT-VALUE})")
    private List<Integer> whole = List.of(8, 16);

    @Option(names = "--json", description = "one JSON array instead of a table")
    private boolean json;

    MembershipBenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Logging.silence();
        MembershipBench.Options options = Usage.checked(
                spec,
                () -> new MembershipBench.Options(
                        agents,
                        members,
                        crashes,
                        Durations.parse(arrival),
                        Durations.parse(window),
                        whole.equals(List.of(0)) ? List.of() : whole));
        Path directory = Files.createTempDirectory("holdfast-bench-");
        try {
            Lines lines = new Lines(terminal, json);
            boolean kept = new MembershipBench(options, directory, lines::progress).run(lines::add);
            return lines.end(kept);
        } finally {
            Scratch.remove(directory);
        }
    }
}
