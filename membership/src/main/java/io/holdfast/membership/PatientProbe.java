package io.holdfast.membership;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a host again and again within one deadline, while earlier calls are still under way, and believes the first answer.
 *
 * <p>A silent host is given more and more time, so that a slow network does not make it dead. One long call instead of several
 * short ones would have a price: on a network that loses packets, fewer calls reach the host at all, and TCP sends a lost
 * SYN again only after a second. So the calls overlap: patience does not cost attempts.
 *
 * <p>Any thread. Each call has a virtual thread of its own, which ends with the deadline; the number of calls is the
 * deadline divided by the interval.
 */
final class PatientProbe implements HostProbe {

    private static final Logger log = LoggerFactory.getLogger(PatientProbe.class);

    private final HostProbe single;
    private final Duration interval;

    /** @param interval how long after one call the next is made, if nothing was heard; positive */
    PatientProbe(HostProbe single, Duration interval) {
        this.single = single;
        this.interval = interval;
    }

    /** Answers by the deadline. With a deadline of one interval or less there is one call. */
    @Override
    public Reachability call(HostRegistration where, Duration deadline) {
        BlockingQueue<Reachability> answers = new LinkedBlockingQueue<>();
        List<Thread> calls = new ArrayList<>();
        long start = System.nanoTime();
        int heard = 0;
        Reachability silence = null;
        try {
            while (true) {
                long passed = System.nanoTime() - start;
                long left = deadline.toNanos() - passed;
                long next = interval.toNanos() * calls.size();
                // A call that has hardly any time could only say that it had none.
                boolean more = calls.isEmpty() || next + interval.toNanos() / 2 <= deadline.toNanos();
                if (left <= 0 || (!more && heard == calls.size())) {
                    return silence == null ? Reachability.SILENT : silence;
                }
                if (more && passed >= next) {
                    Duration rest = Duration.ofNanos(left);
                    calls.add(Thread.ofVirtual().name("probe").start(() -> answers.add(ask(where, rest))));
                    continue;
                }
                Reachability answer = answers.poll(
                        more ? Math.min(left, next - passed) : left + interval.toNanos(), TimeUnit.NANOSECONDS);
                if (answer == null) {
                    continue;
                }
                heard++;
                switch (answer) {
                    case ANSWERED, ACCEPTED, REFUSED -> {
                        return answer;
                    }
                    case MUTE, SILENT, UNKNOWN -> silence = graver(silence, answer);
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return Reachability.UNKNOWN;
        } finally {
            calls.forEach(Thread::interrupt);
        }
    }

    private Reachability ask(HostRegistration where, Duration deadline) {
        try {
            return single.call(where, deadline);
        } catch (RuntimeException failed) {
            // An adapter that breaks has said nothing about the host.
            log.debug("a call of host {} failed", where.host(), failed);
            return Reachability.UNKNOWN;
        }
    }

    /** Where our own side failed once, nothing may be concluded; and a kernel that accepted once is there. */
    private static Reachability graver(@Nullable Reachability one, Reachability other) {
        if (one == null || one == other) {
            return other;
        }
        return one == Reachability.UNKNOWN || other == Reachability.UNKNOWN ? Reachability.UNKNOWN : Reachability.MUTE;
    }
}
