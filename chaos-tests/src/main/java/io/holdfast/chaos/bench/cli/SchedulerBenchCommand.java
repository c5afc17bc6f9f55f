package io.holdfast.chaos.bench.cli;

import io.holdfast.chaos.bench.scheduler.CapacityBench;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.logging.Logging;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code holdfast bench scheduler}. */
@Command(
        name = "scheduler",
        mixinStandardHelpOptions = true,
        description = "How fast it is known where instances may go, in memory and without a controller.")
final class SchedulerBenchCommand {

    private final Terminal terminal;

    SchedulerBenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Command(
            name = "capacity",
            mixinStandardHelpOptions = true,
            description = {
                "How long it takes to say what a segment would survive, after one instance was moved.",
                "",
                "Each host, each two hosts and each rack, anew for each change; once with each share of memory in use. Reading the"
                        + " database is not part of it. Takes some seconds.",
                "Exit code 1: a target was missed."
            })
    int capacity(
            @Option(
                            names = "--hosts",
                            paramLabel = "N",
                            defaultValue = "128",
                            description = "in the segment (default: ${DEFAULT-VALUE})")
                    int hosts,
            @Option(
                            names = "--instances",
                            paramLabel = "N",
                            defaultValue = "2000",
                            description = "all of them protected (default: ${DEFAULT-VALUE})")
                    int instances,
            @Option(
                            names = "--used",
                            paramLabel = "PERCENT",
                            split = ",",
                            defaultValue = "60,85,95",
                            description = "of memory; a measurement for each (default: ${DEFAULT-VALUE})")
                    List<Integer> used,
            @Option(
                            names = "--changes",
                            paramLabel = "N",
                            defaultValue = "100",
                            description = "that are measured for each (default: ${DEFAULT-VALUE})")
                    int changes,
            @Option(names = "--json", description = "one JSON array instead of a table") boolean json) {
        Logging.silence();
        CapacityBench.Options options =
                Usage.checked(spec, () -> new CapacityBench.Options(hosts, instances, used, changes));
        Lines lines = new Lines(terminal, json);
        boolean kept = new CapacityBench(options).run(lines::add);
        return lines.end(kept);
    }

    @Spec
    private @Nullable CommandSpec spec;
}
