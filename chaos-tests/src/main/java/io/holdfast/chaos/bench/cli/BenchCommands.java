package io.holdfast.chaos.bench.cli;

import io.holdfast.server.cli.Terminal;
import java.util.List;

/** What this module measures. */
public final class BenchCommands {

    private BenchCommands() {}

    /** In the order of the help. */
    public static List<Object> all(Terminal terminal) {
        return List.of(
                new MembershipBenchCommand(terminal),
                new FalseAlarmsCommand(terminal),
                new ApiBenchCommand(terminal),
                new NoticesBenchCommand(terminal),
                new SchedulerBenchCommand(terminal));
    }
}
