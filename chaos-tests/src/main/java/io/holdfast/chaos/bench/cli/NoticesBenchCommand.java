package io.holdfast.chaos.bench.cli;

import io.holdfast.chaos.bench.notices.NoticesBench;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.logging.Logging;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code holdfast bench notices}. */
@Command(
        name = "notices",
        mixinStandardHelpOptions = true,
        description = {
            "How soon owners are told, how fast the outbox is drained, and what a kill costs.",
            "",
            "A whole controller over simulated hosts, one of which loses its power: each notice is measured from the moment that it",
            "carries until a webhook's receiver has it. Then an outbox that is full at once is drained into the feed; and facts are",
            "delivered to a webhook while the process that delivers is killed: which were lost, which were told twice, and whether",
            "those said so. Receiver, controller and database share the processors. Takes about two minutes.",
            "Exit code 1: a target was missed."
        })
final class NoticesBenchCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--instances",
            paramLabel = "N",
            split = ",",
            defaultValue = "50,1000",
            description = "on a host that fails; a measurement for each number (default: ${DEFAULT-VALUE})")
    private List<Integer> instances = List.of(50, 1000);

    @Option(
            names = "--failures",
            paramLabel = "N",
            defaultValue = "4",
            description = "hosts that fail one after the other for each of them (default: ${DEFAULT-VALUE})")
    private int failures = 4;

    @Option(
            names = "--events",
            paramLabel = "N",
            defaultValue = "100000",
            description = "facts in the outbox at once (default: ${DEFAULT-VALUE})")
    private int events = 100_000;

    @Option(
            names = "--deliveries",
            paramLabel = "N",
            defaultValue = "4000",
            description = "to the webhook whose deliverer is killed (default: ${DEFAULT-VALUE})")
    private int deliveries = 4000;

    @Option(names = "--json", description = "one JSON array instead of a table")
    private boolean json;

    NoticesBenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        Logging.silence();
        NoticesBench.Options options =
                Usage.checked(spec, () -> new NoticesBench.Options(instances, failures, events, deliveries));
        Lines lines = new Lines(terminal, json);
        boolean kept = new NoticesBench(options, lines::progress).run(lines::add);
        return lines.end(kept);
    }
}
