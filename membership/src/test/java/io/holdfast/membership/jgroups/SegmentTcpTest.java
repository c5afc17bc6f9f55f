package io.holdfast.membership.jgroups;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SegmentTcpTest {

    private final SegmentTcp.Waiting waiting = new SegmentTcp.Waiting();

    @Test
    void oneThreadAtATimeSendsToADestinationInTheOrderInWhichMessagesCame() {
        assertThat(waiting.add(message(1))).as("starts a thread").isTrue();
        assertThat(waiting.add(message(2))).isFalse();
        assertThat(waiting.next()).containsExactly(1);
        assertThat(waiting.add(message(3))).isFalse();
        assertThat(waiting.next()).containsExactly(2);
        assertThat(waiting.next()).containsExactly(3);
        assertThat(waiting.next()).isNull();
        assertThat(waiting.add(message(4))).as("the thread has ended").isTrue();
    }

    @Test
    void aFullQueueLosesItsOldestMessage() {
        for (int i = 0; i <= 256; i++) {
            waiting.add(message(i));
        }
        assertThat(waiting.next()).containsExactly(1);
    }

    @Test
    void aConnectionThatFailsLosesWhatWaitsForItAndTheNextMessageTriesAgain() {
        waiting.add(message(1));
        waiting.add(message(2));
        assertThat(waiting.next()).containsExactly(1);
        waiting.drop();
        assertThat(waiting.next()).isNull();
        assertThat(waiting.add(message(3))).isTrue();
        assertThat(waiting.next()).containsExactly(3);
    }

    private static byte[] message(int number) {
        return new byte[] {(byte) number};
    }
}
