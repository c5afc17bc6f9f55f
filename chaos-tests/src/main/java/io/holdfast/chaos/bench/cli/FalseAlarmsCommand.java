package io.holdfast.chaos.bench.cli;

import io.holdfast.chaos.bench.alarms.FalseAlarms;
import io.holdfast.chaos.bench.alarms.Tuning;
import io.holdfast.chaos.sim.Mutation;
import io.holdfast.chaos.sim.Violation;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.logging.Logging;
import io.holdfast.server.settings.Durations;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code holdfast bench false-alarms}. */
@Command(
        name = "false-alarms",
        mixinStandardHelpOptions = true,
        description = {
            "Faults that are no deaths, in simulated segments of 50 to 128 hosts; beside it a plain SWIM detector.",
            "",
            "Agents and controllers stand still, a tenth of the hosts loses a fifth of its datagrams in each direction, links come",
            "and go, directions are cut, and now and then a host dies. Nobody may be fenced who was not faulty, and whoever dies",
            "has to be condemned. The SWIM detector (Das, Gupta, Motivala 2002) sees the same hosts over the same network; it is",
            "tuned to suspect a death no faster than Holdfast does. A suspicion is false, for both, if the host was not faulty in",
            "the two seconds before: it had power, a running kernel and an agent, and was not cut off from everybody in either",
            "direction. Exit code 1: a target was missed."
        })
final class FalseAlarmsCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--hours",
            paramLabel = "N",
            defaultValue = "2000",
            description = "host hours to simulate, at least (default: ${DEFAULT-VALUE})")
    private double hours = 2000;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "the first seed (default: 1)")
    private long seed = 1;

    @Option(
            names = "--minutes",
            paramLabel = "N",
            defaultValue = "60",
            description = "virtual minutes with faults in each world (default: ${DEFAULT-VALUE})")
    private double minutes = 60;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "worlds that are played at the same time, 1 to 256. Default: one per processor.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--swim-period",
            paramLabel = "TIME",
            defaultValue = "350ms",
            description = "protocol period of the SWIM detector (default: ${DEFAULT-VALUE})")
    private String period = "350ms";

    @Option(
            names = "--swim-helpers",
            paramLabel = "N",
            defaultValue = "3",
            description = "whom it asks to ping, k (default: ${DEFAULT-VALUE})")
    private int helpers = 3;

    @Option(names = "--json", description = "one JSON array instead of a table")
    private boolean json;

    FalseAlarmsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Logging.silence();
        Tuning tuning = Usage.checked(spec, this::tuning);
        Lines lines = new Lines(terminal, json);
        FalseAlarms.Outcome outcome = new FalseAlarms(
                        hours,
                        seed,
                        Duration.ofMillis((long) (minutes * 60_000)),
                        threads,
                        tuning,
                        Mutation::new,
                        lines::progress)
                .run();
        for (Violation violation : outcome.violations()) {
            lines.progress("seed " + violation.seed() + ": " + violation.invariant() + " is violated after "
                    + violation.at().toSeconds() + " s: " + violation.what());
            violation.story().forEach(line -> lines.progress("  " + line));
        }
        outcome.lines().forEach(lines::add);
        return lines.end(outcome.kept());
    }

    private Tuning tuning() {
        if (!(hours > 0 && hours <= 1e8)) {
            throw new IllegalArgumentException("--hours must be above 0 and at most 100000000, is " + hours);
        }
        if (!(minutes >= 1 && minutes <= 10_000)) {
            throw new IllegalArgumentException("--minutes must be between 1 and 10000, is " + minutes);
        }
        if (threads < 1 || threads > 256) {
            throw new IllegalArgumentException("--threads must be between 1 and 256, is " + threads);
        }
        return new Tuning(Durations.parse(period), helpers, Tuning.usual().suspicion());
    }
}
