package io.holdfast.fencing.ipmi.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusalsTest {

    private static final Login LOGIN =
            new Login("fencer", Secret.ofPassword("s3cret"), null, Suite.SUITE_17, Privilege.OPERATOR);

    @ParameterizedTest
    @CsvSource({
        "0x04, WRONG_SUITE",
        "0x05, WRONG_SUITE",
        "0x06, WRONG_SUITE",
        "0x07, WRONG_SUITE",
        "0x10, WRONG_SUITE",
        "0x11, WRONG_SUITE",
        "0x09, PRIVILEGE",
        "0x0a, PRIVILEGE",
        "0x0c, WRONG_USER",
        "0x0d, WRONG_USER",
        "0x0f, WRONG_PASSWORD",
        "0x03, REFUSED",
        "0x12, REFUSED",
        "0x77, REFUSED"
    })
    void aStatusOfTheHandshakeHasAName(String status, Trouble trouble) {
        Outcome.Failed failed = Refusals.ofStatus(Integer.decode(status), LOGIN);

        assertThat(failed.trouble()).isEqualTo(trouble);
        assertThat(failed.text()).startsWith(trouble.words() + ": ").contains("status " + status);
    }

    @ParameterizedTest
    @CsvSource({
        "0xd4, PRIVILEGE",
        "0x80, PRIVILEGE",
        "0x81, PRIVILEGE",
        "0xd5, REFUSED",
        "0xc1, REFUSED",
        "0xff, REFUSED"
    })
    void aCompletionCodeHasAName(String code, Trouble trouble) {
        Outcome.Failed failed = Refusals.ofCompletion(Integer.decode(code), "chassis control", LOGIN);

        assertThat(failed.trouble()).isEqualTo(trouble);
        assertThat(failed.text()).startsWith(trouble.words() + ": ").contains("completion code " + code);
    }

    @Test
    void onlyWhatTheDeviceHasSaidNoToIsARefusal() {
        assertThat(Arrays.stream(Trouble.values()).filter(trouble -> !trouble.refusal()))
                .containsExactly(Trouble.BUSY, Trouble.UNREACHABLE, Trouble.SILENT, Trouble.GARBLED);
    }
}
