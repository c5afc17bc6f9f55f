package io.holdfast.chaos.bench.cli;

import io.holdfast.chaos.bench.scheduler.CapacityBench;
import io.holdfast.chaos.bench.scheduler.DecisionBench;
import io.holdfast.chaos.bench.scheduler.DurableBench;
import io.holdfast.chaos.bench.scheduler.LossBench;
import io.holdfast.chaos.bench.scheduler.MemoryBench;
import io.holdfast.chaos.bench.scheduler.ReplayBench;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.logging.Logging;
import java.io.IOException;
import java.nio.file.Path;
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
        description = "How fast it is known where instances may go, in memory and over a database of its own.")
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

    @Command(
            name = "decision",
            mixinStandardHelpOptions = true,
            description = {
                "How long it takes to find one instance's home, with every filter asked and the claims before it counted.",
                "",
                "The cloud is made of numbers: zones, racks, dead and disabled hosts, groups that must be apart. Takes some seconds.",
                "Exit code 1: a target was missed."
            })
    int decision(
            @Option(
                            names = "--hosts",
                            paramLabel = "N",
                            split = ",",
                            defaultValue = "10000,50000",
                            description = "a measurement for each (default: ${DEFAULT-VALUE})")
                    List<Integer> hosts,
            @Option(
                            names = "--used",
                            paramLabel = "PERCENT",
                            defaultValue = "85",
                            description = "of memory (default: ${DEFAULT-VALUE})")
                    int used,
            @Option(
                            names = "--decisions",
                            paramLabel = "N",
                            defaultValue = "5000",
                            description = "that are measured for each (default: ${DEFAULT-VALUE})")
                    int decisions,
            @Option(names = "--json", description = "one JSON array instead of a table") boolean json) {
        Logging.silence();
        DecisionBench.Options options = Usage.checked(spec, () -> new DecisionBench.Options(hosts, used, decisions));
        Lines lines = new Lines(terminal, json);
        return lines.end(new DecisionBench(options).run(lines::add));
    }

    @Command(
            name = "durable",
            mixinStandardHelpOptions = true,
            description = {
                "How many instances that wait get a home in a second, each decided on the whole cloud and committed with its claim.",
                "",
                "By the scheduler, the store and a PostgreSQL of its own; no agent is told. Takes a minute.",
                "Exit code 1: a target was missed."
            })
    int durable(
            @Option(
                            names = "--hosts",
                            paramLabel = "N",
                            defaultValue = "10000",
                            description = "(default: ${DEFAULT-VALUE})")
                    int hosts,
            @Option(
                            names = "--used",
                            paramLabel = "PERCENT",
                            defaultValue = "95",
                            description = "of memory, before anything is placed (default: ${DEFAULT-VALUE})")
                    int used,
            @Option(
                            names = "--instances",
                            paramLabel = "N",
                            defaultValue = "4000",
                            description = "in each round (default: ${DEFAULT-VALUE})")
                    int instances,
            @Option(
                            names = "--rounds",
                            paramLabel = "N",
                            defaultValue = "5",
                            description = "that are counted, after two that are not (default: ${DEFAULT-VALUE})")
                    int rounds,
            @Option(names = "--json", description = "one JSON array instead of a table") boolean json)
            throws IOException {
        Logging.silence();
        DurableBench.Options options =
                Usage.checked(spec, () -> new DurableBench.Options(hosts, used, instances, rounds));
        Lines lines = new Lines(terminal, json);
        return lines.end(new DurableBench(options, lines::progress).run(lines::add));
    }

    @Command(
            name = "loss",
            mixinStandardHelpOptions = true,
            description = {
                "How long it takes to give everybody a new home when 1 of 5,000 hosts fails, 80 of them, and 1,000 of 10,000.",
                "",
                "The plan alone, of one host also when it was kept, and once with its claims committed in a PostgreSQL of its own.",
                "Takes three minutes.",
                "Exit code 1: a target was missed."
            })
    int loss(
            @Option(
                            names = "--used",
                            paramLabel = "PERCENT",
                            defaultValue = "70",
                            description = "of memory, on the hosts that are left (default: ${DEFAULT-VALUE})")
                    int used,
            @Option(
                            names = "--lost",
                            paramLabel = "N",
                            split = ",",
                            defaultValue = "1,80,1000",
                            description = "which of the three, by how many hosts fail (default: ${DEFAULT-VALUE})")
                    List<Integer> lost,
            @Option(names = "--json", description = "one JSON array instead of a table") boolean json)
            throws IOException {
        Logging.silence();
        LossBench.Options options = Usage.checked(spec, () -> new LossBench.Options(used, lost));
        Lines lines = new Lines(terminal, json);
        return lines.end(new LossBench(options, lines::progress).run(lines::add));
    }

    @Command(
            name = "memory",
            mixinStandardHelpOptions = true,
            description = {
                "How much memory hosts take that are ready to be looked through, and instances that a survey of capacity knows.",
                "",
                "Takes some seconds.",
                "Exit code 1: a target was missed."
            })
    int memory(
            @Option(
                            names = "--hosts",
                            paramLabel = "N",
                            defaultValue = "50000",
                            description = "(default: ${DEFAULT-VALUE})")
                    int hosts,
            @Option(
                            names = "--instances",
                            paramLabel = "N",
                            defaultValue = "1000000",
                            description = "(default: ${DEFAULT-VALUE})")
                    int instances,
            @Option(names = "--json", description = "one JSON array instead of a table") boolean json) {
        Logging.silence();
        MemoryBench.Options options = Usage.checked(spec, () -> new MemoryBench.Options(hosts, instances));
        Lines lines = new Lines(terminal, json);
        return lines.end(new MemoryBench(options).run(lines::add));
    }

    @Command(
            name = "replay",
            mixinStandardHelpOptions = true,
            description = {
                "How full a cloud becomes until the first machine is refused, while machines come and go.",
                "",
                "With weights that pack and with the default ones, beside best fit, which looks at nothing but the room that is left. Takes a"
                        + " minute or two.",
                "Exit code 1: packing is more than 2 % of memory behind best fit."
            })
    int replay(
            @Option(
                            names = "--trace",
                            paramLabel = "DIR",
                            description = {
                                "real arrivals: the Azure public dataset V1 in its processed form (v1.dev.txt, v1.dev.c2100000.txt,"
                                        + " flav_map.txt, v1.interval_map.txt); without it they are made"
                            })
                    @Nullable
                    Path trace,
            @Option(
                            names = "--hosts",
                            paramLabel = "N",
                            defaultValue = "2000",
                            description = "all alike (default: ${DEFAULT-VALUE})")
                    int hosts,
            @Option(
                            names = "--host-memory",
                            paramLabel = "GIB",
                            defaultValue = "128",
                            description = "of each, and a processor for each four (default: ${DEFAULT-VALUE})")
                    int memory,
            @Option(
                            names = "--copies",
                            paramLabel = "N",
                            defaultValue = "3",
                            description = "how often each arrival comes (default: ${DEFAULT-VALUE})")
                    int copies,
            @Option(names = "--json", description = "one JSON array instead of a table") boolean json) {
        Logging.silence();
        ReplayBench bench =
                Usage.checked(spec, () -> new ReplayBench(new ReplayBench.Options(trace, hosts, memory, copies)));
        Lines lines = new Lines(terminal, json);
        return lines.end(bench.run(lines::add));
    }

    @Spec
    private @Nullable CommandSpec spec;
}
