package io.holdfast.server.agent.health;

import io.holdfast.server.agent.health.core.Measures.Clock;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel says of the wall clock, and how far that is from the monotonic one.
 *
 * <p>Whether the time is right no host can know of itself. It can know whether somebody sets it ({@code adjtimex(2)}: the flag
 * STA_UNSYNC, which the kernel sets when no daemon has called for a while), and whether it steps.
 */
final class ClockProbe {

    /** Enough for {@code struct timex} of any 64-bit Linux (208 bytes). */
    private static final int TIMEX_BYTES = 512;

    /** In {@code struct timex} of 64-bit Linux: after modes, offset and freq. */
    private static final int MAXERROR_OFFSET = 24;

    private static final int STATUS_OFFSET = 40;
    private static final int STA_UNSYNC = 0x40;

    /** Between the two looks at the monotonic clock around one at the wall clock; more was a pause of this process. */
    private static final long UNDISTURBED_NANOS = 1_000_000;

    private final @Nullable MethodHandle adjtimex;

    @SuppressWarnings("restricted") // the launcher and the tests allow native access
    ClockProbe() {
        Linker linker = Linker.nativeLinker();
        boolean known = System.getProperty("os.name").equals("Linux") && ValueLayout.ADDRESS.byteSize() == 8;
        adjtimex = !known
                ? null
                : linker.defaultLookup()
                        .find("adjtimex")
                        .map(found -> linker.downcallHandle(
                                found, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS)))
                        .orElse(null);
    }

    Clock read() {
        Duration difference = difference();
        if (adjtimex == null) {
            return new Clock(difference, Optional.empty(), Duration.ZERO);
        }
        try (Arena arena = Arena.ofConfined()) {
            // All zero: modes 0 asks and sets nothing, and needs no right.
            MemorySegment timex = arena.allocate(TIMEX_BYTES, Long.BYTES);
            int state = (int) adjtimex.invokeExact(timex);
            if (state < 0) {
                return new Clock(difference, Optional.empty(), Duration.ZERO);
            }
            boolean set = (timex.get(ValueLayout.JAVA_INT, STATUS_OFFSET) & STA_UNSYNC) == 0;
            long errorMicros = timex.get(ValueLayout.JAVA_LONG, MAXERROR_OFFSET);
            return new Clock(difference, Optional.of(set), Duration.ofNanos(errorMicros * 1000));
        } catch (Throwable e) {
            throw new IllegalStateException("adjtimex() cannot be called", e);
        }
    }

    /** Of several looks the least disturbed: a pause between two clocks would pass for a step. */
    private static Duration difference() {
        Duration best = Duration.ZERO;
        long bestNanos = Long.MAX_VALUE;
        for (int i = 0; i < 5 && bestNanos > UNDISTURBED_NANOS; i++) {
            long before = System.nanoTime();
            Instant wall = Instant.now();
            long took = System.nanoTime() - before;
            if (took < bestNanos) {
                bestNanos = took;
                best = Duration.between(Instant.EPOCH, wall).minusNanos(before);
            }
        }
        return best;
    }
}
