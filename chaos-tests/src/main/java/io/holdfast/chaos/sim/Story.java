package io.holdfast.chaos.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * What happened, as a tale with virtual time and speaker. The hash covers every line ever told, so two runs that agree in
 * it took the same way.
 */
public final class Story {

    /** What a violation shows: enough to see the minute before it in a small world. */
    private static final int LAST = 60;

    private final Timeline timeline;
    private final boolean whole;
    private final List<String> all = new ArrayList<>();
    private final Deque<String> last = new ArrayDeque<>();
    private long hash = 0xCBF29CE484222325L;

    /** @param whole whether every line is kept, or only the last ones */
    Story(Timeline timeline, boolean whole) {
        this.timeline = timeline;
        this.whole = whole;
    }

    public void tell(String speaker, String what) {
        String line = time(timeline.now()) + "  " + speaker + " ".repeat(Math.max(1, 10 - speaker.length())) + what;
        for (int i = 0; i < line.length(); i++) {
            hash = (hash ^ line.charAt(i)) * 0x100000001B3L;
        }
        if (whole) {
            all.add(line);
        } else {
            last.addLast(line);
            if (last.size() > LAST) {
                last.removeFirst();
            }
        }
    }

    private static String time(long nanos) {
        String millis = Long.toString(nanos / 1_000_000);
        String padded = "0".repeat(Math.max(0, 4 - millis.length())) + millis;
        String text = padded.substring(0, padded.length() - 3) + "." + padded.substring(padded.length() - 3);
        return " ".repeat(Math.max(0, 8 - text.length())) + text;
    }

    /** The lines that are kept, oldest first. */
    public List<String> lines() {
        return whole ? List.copyOf(all) : List.copyOf(last);
    }

    /** The end of the story. */
    public List<String> lastLines() {
        List<String> lines = lines();
        return lines.subList(Math.max(0, lines.size() - LAST), lines.size());
    }

    /** 16 hexadecimal digits. */
    public String hash() {
        return String.format(Locale.ROOT, "%016x", hash);
    }
}
