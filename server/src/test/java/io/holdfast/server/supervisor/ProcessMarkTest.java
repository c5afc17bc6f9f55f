package io.holdfast.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ProcessMarkTest {

    private static final String REST = " 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 200 rest";

    @Test
    void aNameMayHoldAnything() throws IOException {
        assertThat(ProcessMark.parse(42, "42 (a) Z (b) 7) S" + REST)).contains(new ProcessMark(42, 987654));
    }

    @Test
    void whatNobodyHasBuriedYetHasEnded() throws IOException {
        assertThat(ProcessMark.parse(42, "42 (java) Z" + REST)).isEmpty();
        assertThat(ProcessMark.parse(42, "42 (java) X" + REST)).isEmpty();
        assertThat(ProcessMark.parse(42, "42 (java) T" + REST))
                .as("stopped is alive")
                .isPresent();
    }

    @Test
    void somethingElseIsNotBelieved() {
        assertThatThrownBy(() -> ProcessMark.parse(42, "42 (java) S 1 2")).isInstanceOf(IOException.class);
    }

    @Test
    void thisProcessIsAliveAndAnotherOneOfItsNumberIsNot() throws Exception {
        ProcessMark self = ProcessMark.ofThisProcess();
        assertThat(self.isAlive()).isTrue();
        assertThat(new ProcessMark(self.pid(), self.startTicks() + 1).isAlive()).isFalse();
    }

    @Test
    void aChildEndsAlsoWhileNobodyWaitsForIt() throws Exception {
        Process child = new ProcessBuilder("sh", "-c", "exec sleep 60").start();
        ProcessMark mark = ProcessMark.of(child.pid()).orElseThrow();
        assertThat(mark.isAlive()).isTrue();
        child.destroyForcibly();
        child.waitFor();
        assertThat(mark.isAlive()).isFalse();
        assertThat(AgentRun.found(mark)).isEmpty();
    }

    @Test
    void saysHowAProcessEnded() {
        assertThat(AgentRun.ending(0)).isEqualTo("exit code 0");
        assertThat(AgentRun.ending(6)).isEqualTo("exit code 6");
        assertThat(AgentRun.ending(137)).isEqualTo("signal 9");
    }
}
