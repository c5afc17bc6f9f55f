package io.holdfast.fencing.ipmi.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TriesTest {

    private static final long MILLI = 1_000_000;

    @ParameterizedTest
    @CsvSource({
        // Nothing known of the device yet.
        "HANDSHAKE, 0, '200 300 450 500 500'",
        "READING, 0, '200 300 450 500 500'",
        "ORDER, 0, '500 1000 2000 2000 2000'",
        // A quick one.
        "HANDSHAKE, 1, '50 75 112 168 250'",
        "READING, 1, '150 225 250 250 250'",
        "ORDER, 1, '500 1000 2000 2000 2000'",
        // A slow one.
        "HANDSHAKE, 100, '400 600 800 800 800'",
        "READING, 100, '400 600 800 800 800'",
        "ORDER, 200, '800 1600 2000 2000 2000'",
        // Slower than we will wait.
        "HANDSHAKE, 3000, '1000 1000 1000 1000 1000'",
        "ORDER, 3000, '1000 2000 2000 2000 2000'"
    })
    void pausesGrowByTheDevicesPaceWithinBounds(Tries.Kind kind, long roundTripMillis, String millis) {
        Tries.Pace pace = Tries.Pace.of(kind, roundTripMillis * MILLI);

        assertThat(IntStream.range(0, 5).mapToObj(before -> pace.pause(before) / MILLI))
                .containsExactlyElementsOf(
                        Arrays.stream(millis.split(" ")).map(Long::valueOf).toList());
        assertThat(pace.pause(100_000)).isEqualTo(pace.maxNanos());
    }

    @Test
    void knowsTheTagsOfItsCopiesAlsoWhereTheyBeginAgainAtZero() {
        Tries tries = Tries.at(254, Tries.BUSY, 0).again(1).again(2).again(3);

        assertThat(tries.tag()).isZero();
        assertThat(tries.next()).isEqualTo(1);
        assertThat(tries.has(254)).isTrue();
        assertThat(tries.has(255)).isTrue();
        assertThat(tries.has(0)).isTrue();
        assertThat(tries.has(1)).isFalse();
        assertThat(tries.has(253)).isFalse();
    }

    @Test
    void knowsWhenEachCopyWentOut() {
        Tries tries = Tries.at(255, Tries.BUSY, 0).again(10).again(20).until(500);

        assertThat(tries.sentAt(255)).isEqualTo(10);
        assertThat(tries.sentAt(0)).isEqualTo(20);
        assertThat(tries.nextAt()).isEqualTo(500);
    }
}
