package io.holdfast.compute.core;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What one guest says through its heartbeat channel, in one life. The contract is {@code docs/guest-heartbeat.md}.
 *
 * <p>Intuition: whoever speaks here is not ours, and may say anything, for ever. So nothing that is said makes this grow,
 * and all that can come of it here is one bit, once: the guest has said that it is healthy. A line that is not a word of the
 * contract is dropped and counted.
 *
 * <p>What a guest that asks to be watched says beyond that is {@link GuestHeartbeat}'s.
 *
 * <p>That bit stays: a guest that is unhealthy later, or starts its own kernel anew, was not started anew by anybody, and a
 * bit that a guest can move to and fro would let it write to the database as often as it likes.
 *
 * <p>Not safe for several threads.
 */
public final class GuestVoice {

    /** The contract that is spoken here. */
    static final int VERSION = 1;

    /** Without the end of the line; what is longer is dropped whole. */
    static final int LINE_BYTES_MAX = 120;

    static final Duration INTERVAL_MIN = Duration.ofMillis(100);
    static final Duration INTERVAL_MAX = Duration.ofSeconds(60);

    private static final Pattern HELLO = Pattern.compile("hello ([0-9]{1,6}) ([0-9]{1,6})");
    private static final Pattern BEAT = Pattern.compile("beat ([0-9]{1,18}) (healthy|unhealthy)");
    private static final Pattern ANSWER = Pattern.compile("answer ([0-9a-f]{16})");

    private final Consumer<Word> words;
    private final byte[] line = new byte[LINE_BYTES_MAX];
    private int length;
    private boolean tooLong;
    private boolean foreign;
    private Word.@Nullable Hello hello;
    private boolean cameUp;
    private long taken;
    private long dropped;

    public GuestVoice() {
        this(word -> {});
    }

    /** @param words told of each word that counts, in the order in which they were said */
    public GuestVoice(Consumer<Word> words) {
        this.words = words;
    }

    /**
     * Takes the next bytes of the channel, in whatever pieces they come.
     *
     * @return whether the guest has come up by them
     */
    public boolean hear(byte[] bytes, int count) {
        boolean before = cameUp;
        for (int i = 0; i < count; i++) {
            if (bytes[i] == '\n') {
                take(tooLong ? Optional.empty() : Word.read(new String(line, 0, length, StandardCharsets.ISO_8859_1)));
                length = 0;
                tooLong = false;
            } else if (length == LINE_BYTES_MAX) {
                tooLong = true;
            } else {
                line[length++] = bytes[i];
            }
        }
        return cameUp && !before;
    }

    private void take(Optional<Word> word) {
        switch (word.orElse(null)) {
            case Word.Hello said -> {
                // What a beat means in another version is not known here, so none of its beats counts.
                foreign = said.version() != VERSION;
                hello = said;
                counts(said);
            }
            case Word.Beat said when foreign -> dropped++;
            case Word.Beat said -> {
                cameUp |= said.healthy();
                counts(said);
            }
            case Word.Watch said -> counts(said);
            case Word.Answer said -> counts(said);
            case Word.Goodbye said -> counts(said);
            case null -> dropped++;
        }
    }

    private void counts(Word word) {
        taken++;
        words.accept(word);
    }

    /** Whether it has said that it is healthy. */
    public boolean cameUp() {
        return cameUp;
    }

    /** Lines that counted. */
    public long taken() {
        return taken;
    }

    /** Lines that were no words of the contract. */
    public long dropped() {
        return dropped;
    }

    /** For people. */
    public String summary() {
        String introduced = hello == null
                ? "without a hello"
                : "version " + hello.version() + ", every " + hello.interval().toMillis() + " ms";
        return introduced + ", " + taken + " lines taken, " + dropped + " dropped";
    }

    /** A line that the contract knows. */
    public sealed interface Word {

        /** @param interval how often the guest means to beat, 100 ms to 60 s */
        record Hello(int version, Duration interval) implements Word {}

        /** @param number counts the beats of one client; nothing is concluded from it yet */
        record Beat(long number, boolean healthy) implements Word {}

        /** The guest asks to be missed when it falls silent. */
        record Watch() implements Word {}

        /** @param nonce of the challenge that it answers */
        record Answer(String nonce) implements Word {}

        /** The guest falls silent on purpose. */
        record Goodbye() implements Word {}

        /** @param line without its end */
        static Optional<Word> read(String line) {
            Matcher hello = HELLO.matcher(line);
            if (hello.matches()) {
                Duration interval = Duration.ofMillis(Long.parseLong(hello.group(2)));
                return interval.compareTo(INTERVAL_MIN) < 0 || interval.compareTo(INTERVAL_MAX) > 0
                        ? Optional.empty()
                        : Optional.of(new Hello(Integer.parseInt(hello.group(1)), interval));
            }
            if (line.equals("watch")) {
                return Optional.of(new Watch());
            }
            if (line.equals("goodbye")) {
                return Optional.of(new Goodbye());
            }
            Matcher answer = ANSWER.matcher(line);
            if (answer.matches()) {
                return Optional.of(new Answer(answer.group(1)));
            }
            Matcher beat = BEAT.matcher(line);
            return beat.matches()
                    ? Optional.of(new Beat(
                            Long.parseLong(beat.group(1)), beat.group(2).equals("healthy")))
                    : Optional.empty();
        }
    }
}
