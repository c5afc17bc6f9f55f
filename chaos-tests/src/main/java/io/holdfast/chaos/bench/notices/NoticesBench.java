package io.holdfast.chaos.bench.notices;

import io.holdfast.chaos.bench.Line;
import io.holdfast.server.demo.OutboxAlone;
import java.util.List;
import java.util.function.Consumer;

/** What owners' notices cost, and how soon they come. */
public final class NoticesBench {

    /** Of each there are two notices, and some come again; the receiver keeps ten thousand. */
    private static final int TOLD_MAX = 4500;

    private final Options options;
    private final Consumer<String> progress;

    /**
     * @param instances how many a failing host has; each number is a measurement of its own; 1 to 2000 each
     * @param failures hosts that fail one after the other for each number, 1 to 6; with all of their instances at most 4,500
     * @param events in the outbox at once, 1,000 to 1,000,000
     * @param deliveries to one webhook while the process that delivers is killed, 100 to 10,000
     */
    public record Options(List<Integer> instances, int failures, int events, int deliveries) {
        public Options {
            instances = List.copyOf(instances);
            if (instances.isEmpty() || instances.size() > 3) {
                throw new IllegalArgumentException(
                        "--instances must name one to three numbers, names " + instances.size());
            }
            instances.forEach(each -> within("instances", each, 1, 2000));
            within("failures", failures, 1, 6);
            int told = failures * instances.stream().mapToInt(Integer::intValue).sum();
            if (told > TOLD_MAX) {
                throw new IllegalArgumentException("--failures times all of --instances must be at most " + TOLD_MAX
                        + ", which the receiver can keep, is " + told);
            }
            within("events", events, 1000, 1_000_000);
            within("deliveries", deliveries, 100, 10_000);
        }

        private static void within(String name, int value, int least, int most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(
                        "--" + name + " must be between " + least + " and " + most + ", is " + value);
            }
        }
    }

    public NoticesBench(Options options, Consumer<String> progress) {
        this.options = options;
        this.progress = progress;
    }

    /**
     * Everything; each line is passed on as soon as it is there.
     *
     * @return whether every target was met
     */
    public boolean run(Consumer<Line> lines) throws Exception {
        boolean[] kept = {true};
        Consumer<Line> counted = line -> {
            kept[0] &= line.kept();
            lines.accept(line);
        };
        new FailedHosts(options.instances(), options.failures(), progress).run(counted);
        try (OutboxAlone rig = OutboxAlone.open()) {
            new Draining(rig, options.events(), progress).run(counted);
            new Killing(rig, options.deliveries(), progress).run(counted);
        }
        return kept[0];
    }
}
