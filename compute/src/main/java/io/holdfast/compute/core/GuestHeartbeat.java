package io.holdfast.compute.core;

import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.core.GuestVoice.Word;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a guest that asked to be watched is there, and how it is. Pure: the time comes with each call, in nanoseconds of one
 * monotonic clock, and so does chance. The contract is {@code docs/guest-heartbeat.md}.
 *
 * <p>Intuition: what lies in a buffer looks like life. So the guest is asked something that nobody could have known before, and
 * only its answer shows that it is there; its beats show that whatever looks after its health is there too, and count from
 * its first answer on. Who answers and does not beat, or beats and does not answer, is silent.
 *
 * <p>Invariants: a guest that did not ask for it is never missed; one that said goodbye is not, until it asks again. Nothing that is said
 * makes this grow. One challenge is out at a time, so a guest that reads nothing is not written full.
 *
 * <p>Not safe for several threads.
 */
public final class GuestHeartbeat {

    /** So many intervals without a word are silence. */
    static final int MISSED = 3;

    /** Silence is never called sooner, however short the interval: whoever listens looks a few times a second. */
    static final Duration PATIENCE_MIN = Duration.ofSeconds(2);

    /** Of a guest that asks to be watched and has not said how often it beats. */
    private static final Duration INTERVAL_UNSAID = Duration.ofSeconds(5);

    private Duration interval = INTERVAL_UNSAID;
    private boolean watched;
    private boolean left;
    private @Nullable Boolean healthy;
    private @Nullable String challenge;
    private long challengedAt;
    private long answeredAt;
    private long beatAt;
    private boolean answered;

    /** Takes a word that counts. */
    public void said(Word word, long now) {
        switch (word) {
            case Word.Hello hello -> interval = hello.interval();
            case Word.Watch watch -> {
                if (!watched || left) {
                    begin(now);
                }
            }
            case Word.Answer answer -> {
                if (answer.nonce().equals(challenge)) {
                    challenge = null;
                    answered = true;
                    answeredAt = now;
                }
            }
            case Word.Beat beat -> {
                if (answered) {
                    healthy = beat.healthy();
                    beatAt = now;
                }
            }
            case Word.Goodbye goodbye -> left = watched;
        }
    }

    private void begin(long now) {
        watched = true;
        left = false;
        answered = false;
        healthy = null;
        challenge = null;
        excuse(now);
        // At once.
        challengedAt = now - patience().toNanos();
    }

    /** Whoever listened was away, or the guest was halted by its owner: its silence until now means nothing. */
    public void excuse(long now) {
        answeredAt = now;
        beatAt = now;
    }

    /**
     * What is to be written to the guest now, without the end of the line.
     *
     * @param nonce nobody may have known it before
     */
    public Optional<String> ask(long now, long nonce) {
        if (!watched || left) {
            return Optional.empty();
        }
        // One that was not answered is repeated as a new one, slowly: the guest may have opened its port since.
        Duration pause = challenge == null && answered ? interval : patience();
        if (now - challengedAt < pause.toNanos()) {
            return Optional.empty();
        }
        challengedAt = now;
        challenge = "%016x".formatted(nonce);
        return Optional.of("challenge " + challenge);
    }

    /** How often {@link #ask} and {@link #health} have to be called; empty for a guest that is not watched. */
    public Optional<Duration> pace() {
        return watched && !left ? Optional.of(interval) : Optional.empty();
    }

    public GuestHealth health(long now) {
        if (!watched) {
            return GuestHealth.UNKNOWN;
        }
        if (left) {
            return GuestHealth.LEFT;
        }
        long patience = patience().toNanos();
        if (now - answeredAt > patience || now - beatAt > patience) {
            return GuestHealth.SILENT;
        }
        if (healthy == null) {
            return GuestHealth.UNKNOWN;
        }
        return healthy ? GuestHealth.HEALTHY : GuestHealth.UNHEALTHY;
    }

    private Duration patience() {
        Duration patience = interval.multipliedBy(MISSED);
        return patience.compareTo(PATIENCE_MIN) < 0 ? PATIENCE_MIN : patience;
    }
}
