package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.core.GuestVoice.Word;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class GuestHeartbeatTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final GuestHeartbeat heartbeat = new GuestHeartbeat();
    private long now = -17 * SECOND;
    private long nonce = 0xfeed;

    private void say(String... lines) {
        for (String line : lines) {
            heartbeat.said(Word.read(line).orElseThrow(), now);
        }
    }

    private String asked() {
        return heartbeat.ask(now, nonce++).orElse("");
    }

    private GuestHealth health() {
        return heartbeat.health(now);
    }

    /** A second in the life of a guest that is there and well. */
    private void goesOn(String... lines) {
        now += SECOND;
        String asked = asked();
        if (!asked.isEmpty()) {
            say(asked.replace("challenge", "answer"));
        }
        say(lines);
    }

    private void healthy() {
        say("hello 1 1000", "watch");
        say(asked().replace("challenge", "answer"));
        say("beat 1 healthy");
        assertThat(health()).isEqualTo(GuestHealth.HEALTHY);
    }

    @Test
    void aGuestThatDidNotAskForItIsNeverMissed() {
        say("hello 1 1000", "beat 1 healthy");
        assertThat(asked()).isEmpty();
        now += 1_000 * SECOND;
        assertThat(health()).isEqualTo(GuestHealth.UNKNOWN);
        assertThat(heartbeat.pace()).isEmpty();
    }

    @Test
    void aGuestThatAnswersAndBeatsIsAsItSays() {
        healthy();
        for (int i = 2; i < 50; i++) {
            goesOn("beat " + i + (i % 2 == 0 ? " healthy" : " unhealthy"));
            assertThat(health()).isEqualTo(i % 2 == 0 ? GuestHealth.HEALTHY : GuestHealth.UNHEALTHY);
        }
    }

    @Test
    void silenceIsCalledAfterThreeIntervalsAndIsOverWithAnAnswerAndABeat() {
        healthy();
        now += 3 * SECOND;
        assertThat(health()).isEqualTo(GuestHealth.HEALTHY);
        now += 1;
        assertThat(health()).isEqualTo(GuestHealth.SILENT);
        say(asked().replace("challenge", "answer"));
        assertThat(health()).isEqualTo(GuestHealth.SILENT);
        say("beat 2 healthy");
        assertThat(health()).isEqualTo(GuestHealth.HEALTHY);
    }

    @Test
    void beatsWithoutAnswersAreNoLife() {
        healthy();
        for (int i = 0; i < 4; i++) {
            now += SECOND;
            asked();
            say("beat 7 healthy", "answer 0000000000000000");
        }
        assertThat(health()).isEqualTo(GuestHealth.SILENT);
    }

    @Test
    void answersWithoutBeatsAreNoLifeEither() {
        healthy();
        for (int i = 0; i < 4; i++) {
            goesOn();
        }
        assertThat(health()).isEqualTo(GuestHealth.SILENT);
    }

    @Test
    void whatLayInABufferCountsForNothing() {
        say("hello 1 1000", "watch", "beat 1 healthy", "answer 000000000000feed", "beat 2 healthy");
        assertThat(health()).isEqualTo(GuestHealth.UNKNOWN);
        String asked = asked();
        assertThat(asked).isEqualTo("challenge 000000000000feed");
        now += 3 * SECOND + 1;
        assertThat(health()).isEqualTo(GuestHealth.SILENT);
    }

    @Test
    void anAnswerCountsOnceAndOnlyForTheChallengeThatIsOut() {
        healthy();
        now += SECOND;
        String first = asked();
        say(first.replace("challenge", "answer"));
        for (int i = 0; i < 4; i++) {
            now += SECOND;
            say(first.replace("challenge", "answer"), "beat 1 healthy");
        }
        assertThat(health()).isEqualTo(GuestHealth.SILENT);
    }

    @Test
    void whoSaidGoodbyeIsNotMissedUntilItAsksAgain() {
        healthy();
        say("goodbye");
        now += 1_000 * SECOND;
        assertThat(health()).isEqualTo(GuestHealth.LEFT);
        assertThat(asked()).isEmpty();
        say("beat 5 healthy");
        assertThat(health()).isEqualTo(GuestHealth.LEFT);
        healthy();
        now += 4 * SECOND;
        assertThat(health()).isEqualTo(GuestHealth.SILENT);
    }

    @Test
    void aGoodbyeOfWhoWasNeverWatchedMeansNothing() {
        say("goodbye");
        assertThat(health()).isEqualTo(GuestHealth.UNKNOWN);
        healthy();
    }

    @Test
    void whoIsExcusedHasAllItsTimeAgain() {
        healthy();
        now += 100 * SECOND;
        heartbeat.excuse(now);
        assertThat(health()).isEqualTo(GuestHealth.HEALTHY);
        now += 4 * SECOND;
        assertThat(health()).isEqualTo(GuestHealth.SILENT);
    }

    @Test
    void aGuestThatReadsNothingIsAskedNoMoreOftenThanItsPatience() {
        say("hello 1 100", "watch");
        int asked = 0;
        for (int i = 0; i < 1_000; i++) {
            now += SECOND / 10;
            asked += asked().isEmpty() ? 0 : 1;
        }
        assertThat(asked).isBetween(48, 51);
    }

    @Test
    void aWatchThatIsRepeatedDoesNotBeginAnew() {
        healthy();
        for (int i = 0; i < 4; i++) {
            now += SECOND;
            say("watch");
        }
        assertThat(health()).isEqualTo(GuestHealth.SILENT);
    }

    @Property
    void safetyWhoeverDoesNotKnowTheChallengeIsNeverTakenForAlive(
            @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 6) Integer> script, @ForAll long seed) {
        GuestHeartbeat any = new GuestHeartbeat();
        Random random = new Random(seed);
        long at = 0;
        for (int word : script) {
            at += random.nextLong(SECOND);
            switch (word) {
                case 0 -> any.said(new Word.Hello(1, Duration.ofMillis(100 + random.nextInt(59_000))), at);
                case 1 -> any.said(new Word.Watch(), at);
                case 2 -> any.said(new Word.Beat(1, random.nextBoolean()), at);
                case 3 -> any.said(new Word.Goodbye(), at);
                // Odd ones only, and those that are asked are even.
                case 4 -> any.said(new Word.Answer("%016x".formatted(random.nextLong() | 1)), at);
                case 5 -> any.ask(at, random.nextLong() & ~1L);
                default -> any.excuse(at);
            }
            assertThat(any.health(at)).isNotIn(GuestHealth.HEALTHY, GuestHealth.UNHEALTHY);
        }
    }
}
