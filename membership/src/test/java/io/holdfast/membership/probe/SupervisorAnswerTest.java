package io.holdfast.membership.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SupervisorAnswerTest {

    @Test
    void whatIsSaidIsUnderstood() {
        SupervisorAnswer running = new SupervisorAnswer(HostId.of("h1"), true);
        SupervisorAnswer down = new SupervisorAnswer(HostId.of("h1"), false);
        assertThat(running.line()).isEqualTo("holdfast-supervisor 1 host=h1 agent=running\n");
        assertThat(down.line()).isEqualTo("holdfast-supervisor 1 host=h1 agent=down\n");
        assertThat(SupervisorAnswer.parse(running.line())).contains(running);
        assertThat(SupervisorAnswer.parse(down.line())).contains(down);
    }

    @Test
    void aLaterReleaseMaySayMore() {
        assertThat(SupervisorAnswer.parse("holdfast-supervisor 1 host=h1 agent=down for=3s\r\n"))
                .contains(new SupervisorAnswer(HostId.of("h1"), false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "holdfast-supervisor 1 host=h1 agent=running",
                "holdfast-supervisor 2 host=h1 agent=running\n",
                "holdfast-supervisor 1 host=h1 agent=well\n",
                "holdfast-supervisor 1 host=h1 agent=runningly\n",
                "holdfast-supervisor 1 host=../x agent=running\n",
                "holdfast-supervisor 1 agent=running\n",
                "HTTP/1.1 400 Bad Request\r\n",
                "holdfast-supervisor 1 host=h1 agent=running\nholdfast-supervisor 1 host=h1 agent=down\n"
            })
    void whatIsNoWholeLineOfASupervisorIsNoAnswer(String text) {
        assertThat(SupervisorAnswer.parse(text)).isEmpty();
    }
}
