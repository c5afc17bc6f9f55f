package io.holdfast.chaos.bench.scheduler;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Locale;

/** Times of one thing that was done again and again, in nanoseconds. One thread. */
final class Samples {

    private long[] nanos = new long[1024];
    private int count;

    void add(long each) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * count);
        }
        nanos[count++] = each;
    }

    /** Nearest rank; of nothing it is 0. */
    long nanos(int percent) {
        if (count == 0) {
            return 0;
        }
        long[] sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        return sorted[Math.max(0, (int) Math.ceil(sorted.length * percent / 100.0) - 1)];
    }

    /** Of all, in nanoseconds. */
    long sum() {
        return Arrays.stream(nanos, 0, count).sum();
    }

    /** In microseconds, and how many there would be in a second if nothing else were done. */
    ObjectNode figures() {
        long sum = sum();
        return JsonNodeFactory.instance
                .objectNode()
                .put("unit", "us")
                .put("p50", micros(50))
                .put("p99", micros(99))
                .put("max", micros(100))
                .put("perSecond", sum == 0 ? 0 : count * 1e9 / sum)
                .put("machine", machine());
    }

    /** For people; whoever reads milliseconds is not told of nanoseconds. */
    String words() {
        return "p50 " + millis(nanos(50)) + ", p99 " + millis(nanos(99)) + ", max " + millis(nanos(100));
    }

    static String millis(long nanos) {
        double millis = nanos / 1e6;
        return String.format(Locale.ROOT, millis < 10 ? "%.2f ms" : "%.0f ms", millis);
    }

    private double micros(int percent) {
        return nanos(percent) / 1000.0;
    }

    static String machine() {
        return Runtime.getRuntime().availableProcessors() + " processors, " + System.getProperty("os.arch") + ", JDK "
                + Runtime.version().feature();
    }
}
