package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.core.GuestVoice.Word;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuestVoiceTest {

    private final GuestVoice voice = new GuestVoice();

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", textBlock = """
            hello 1 100                     => Hello[version=1, interval=PT0.1S]
            hello 1 60000                   => Hello[version=1, interval=PT1M]
            hello 999999 1000               => Hello[version=999999, interval=PT1S]
            beat 0 healthy                  => Beat[number=0, healthy=true]
            beat 999999999999999999 healthy => Beat[number=999999999999999999, healthy=true]
            beat 7 unhealthy                => Beat[number=7, healthy=false]
            watch                           => Watch[]
            answer 0123456789abcdef         => Answer[nonce=0123456789abcdef]
            goodbye                         => Goodbye[]
            """)
    void aWordOfTheContractIsRead(String line, String word) {
        assertThat(Word.read(line).orElseThrow()).hasToString(word);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "hello",
                "hello 1",
                "hello 1 99",
                "hello 1 60001",
                "hello -1 1000",
                "hello 1234567 1000",
                "hello 1 1000 more",
                "HELLO 1 1000",
                "beat",
                "beat 1",
                "beat 1 fine",
                "beat healthy",
                "beat -1 healthy",
                "beat 1  healthy",
                "beat 1 healthy ",
                "beat 1 healthy\r",
                "beat 1234567890123456789 healthy",
                "beat \u0661 healthy",
                "goodbye ",
                "watch 1",
                "answer",
                "answer 0123456789ABCDEF",
                "answer 0123456789abcdef0",
            })
    void whatIsNoWordOfTheContractIsDropped(String line) {
        assertThat(Word.read(line)).isEmpty();
        assertThat(say(line + "\n")).isFalse();
        assertThat(voice.dropped()).isEqualTo(1);
        assertThat(voice.taken()).isZero();
    }

    @Test
    void comesUpWithTheFirstHealthyBeatAndSaysSoOnce() {
        assertThat(say("hello 1 1000\nbeat 1 unhealthy\n")).isFalse();
        assertThat(say("beat 2 healthy\n")).isTrue();
        assertThat(say("beat 3 unhealthy\nhello 1 1000\nbeat 1 healthy\n")).isFalse();
        assertThat(voice.cameUp()).isTrue();
        assertThat(voice.summary()).isEqualTo("version 1, every 1000 ms, 6 lines taken, 0 dropped");
    }

    @Test
    void aBeatCountsWithoutAHelloBecauseTheListenerMayHaveComeLater() {
        assertThat(say("beat 812 healthy\n")).isTrue();
        assertThat(voice.summary()).startsWith("without a hello");
    }

    @Test
    void theRestOfALineThatBeganBeforeTheListenerCameIsDropped() {
        assertThat(say("812 healthy\nbeat 813 healthy\n")).isTrue();
        assertThat(voice.dropped()).isEqualTo(1);
    }

    @Test
    void beatsOfAVersionThatIsNotKnownDoNotCountUntilAKnownOneIsSpoken() {
        assertThat(say("hello 2 1000\nbeat 1 healthy\n")).isFalse();
        assertThat(voice.dropped()).isEqualTo(1);
        assertThat(say("hello 1 1000\nbeat 1 healthy\n")).isTrue();
    }

    @Test
    void aLineThatIsTooLongIsDroppedWholeAndTheNextOneIsTaken() {
        String flood = "beat 1 healthy ".repeat(100_000);
        assertThat(say(flood)).isFalse();
        assertThat(say("\n")).isFalse();
        assertThat(voice.dropped()).isEqualTo(1);
        assertThat(say("beat 1 healthy\n")).isTrue();
    }

    @Test
    void aLineOfTheLongestLengthIsReadAndOneByteMoreIsNot() {
        String line = "x".repeat(GuestVoice.LINE_BYTES_MAX);
        say(line + "\n" + line + "x\nbeat 1 healthy\n");
        assertThat(voice.dropped()).isEqualTo(2);
        assertThat(voice.cameUp()).isTrue();
    }

    @Property
    void safetyNoBytesButAHealthyBeatBringItUp(
            @ForAll @Size(max = 400) List<@IntRange(min = 0, max = 255) Integer> bytes) {
        byte[] raw = new byte[bytes.size()];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = bytes.get(i).byteValue();
        }
        GuestVoice any = new GuestVoice();
        any.hear(raw, raw.length);
        boolean isSaid = Arrays.stream(new String(raw, StandardCharsets.ISO_8859_1).split("\n", -1))
                .anyMatch(line -> line.matches("beat [0-9]{1,18} healthy"));
        assertThat(any.cameUp() && !isSaid).isFalse();
        long lines = bytes.stream().filter(b -> b == '\n').count();
        assertThat(any.taken() + any.dropped()).isEqualTo(lines);
    }

    @Property
    void thePiecesInWhichItArrivesMakeNoDifference(
            @ForAll @Size(min = 1, max = 8) List<@IntRange(min = 1, max = 40) Integer> cuts) {
        byte[] text =
                "hello 1 2000\nnoise\nbeat 1 unhealthy\nbeat 2 healthy\nbeat 3".getBytes(StandardCharsets.ISO_8859_1);
        GuestVoice whole = new GuestVoice();
        whole.hear(text, text.length);
        GuestVoice pieces = new GuestVoice();
        int at = 0;
        for (int i = 0; at < text.length; i++) {
            int end = Math.min(text.length, at + cuts.get(i % cuts.size()));
            byte[] piece = Arrays.copyOfRange(text, at, end);
            pieces.hear(piece, piece.length);
            at = end;
        }
        assertThat(pieces.summary()).isEqualTo(whole.summary());
        assertThat(pieces.cameUp()).isTrue();
        assertThat(whole.cameUp()).isTrue();
    }

    @Test
    void theIntervalsBoundsAreThoseOfTheContract() {
        assertThat(GuestVoice.INTERVAL_MIN).isEqualTo(Duration.ofMillis(100));
        assertThat(GuestVoice.INTERVAL_MAX).isEqualTo(Duration.ofMinutes(1));
    }

    private boolean say(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return voice.hear(bytes, bytes.length);
    }
}
