package io.holdfast.fencing.kdump.core;

import io.holdfast.fencing.KdumpSettings;
import io.holdfast.fencing.KernelDump;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Is a host dumping, is that over, has it taken too long?
 *
 * <p><b>Intuition.</b> A crash kernel repeats its message until the dump is written, and then the host is restarted or halted. So the
 * dump goes on while messages come, is over when they stay away, and is taken for hung when they do not stop.
 */
public final class DumpRule {

    private DumpRule() {}

    /**
     * The messages of one dump.
     *
     * @param first when the first one came
     * @param last when the newest one came, not before {@code first}
     * @param count 1 or more
     */
    public record Heard(Instant first, Instant last, long count) {}

    /** What is known after one more message. */
    public static Heard heard(@Nullable Heard before, Instant now, KdumpSettings settings) {
        return before == null || !now.isBefore(before.last().plus(settings.quiet()))
                ? new Heard(now, now, 1)
                : new Heard(before.first(), now, before.count() + 1);
    }

    /**
     * Why its power had better not be cut now; empty when nothing speaks against it.
     *
     * @param heard its last dump, or null
     * @param patient whether the host, which fell silent just now, may be given the time to say something
     */
    public static Optional<KernelDump> of(@Nullable Heard heard, boolean patient, Instant now, KdumpSettings settings) {
        if (heard != null) {
            Instant over = heard.last().plus(settings.quiet());
            Instant limit = heard.first().plus(settings.limit());
            if (now.isBefore(over) && now.isBefore(limit)) {
                return Optional.of(new KernelDump(
                        true,
                        over.isBefore(limit) ? over : limit,
                        limit,
                        "its kernel has crashed and writes its memory away (" + heard.count()
                                + " messages of fence_kdump_send); its power is not cut before that is over, at the latest at "
                                + limit));
            }
        }
        // It has said what it had to say, if that was in this failure and not in one of long ago.
        boolean spoke = heard != null && now.isBefore(heard.last().plus(settings.limit()));
        if (!patient || spoke || settings.patience().isZero()) {
            return Optional.empty();
        }
        Instant until = now.plus(settings.patience());
        return Optional.of(new KernelDump(
                false,
                until,
                now.plus(settings.limit()),
                "it is given until " + until + " to say that its kernel has crashed and writes its memory away"));
    }
}
