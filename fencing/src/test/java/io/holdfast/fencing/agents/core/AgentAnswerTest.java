package io.holdfast.fencing.agents.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.agents.core.AgentRun.Ending;
import io.holdfast.fencing.agents.core.AgentRun.Exited;
import io.holdfast.fencing.agents.core.AgentRun.Interrupted;
import io.holdfast.fencing.agents.core.AgentRun.NotStarted;
import io.holdfast.fencing.agents.core.AgentRun.Signalled;
import io.holdfast.fencing.agents.core.AgentRun.TimedOut;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AgentAnswerTest {

    private static final Secrets SECRETS = new Secrets(Map.of("password", "s3cr3t"));

    private static AgentRun run(Ending ending, String out, String err, boolean cut) {
        return new AgentRun(ending, out, err, cut, Duration.ofMillis(1));
    }

    private static AgentRun exited(int code, String out, String err) {
        return run(new Exited(code), out, err, false);
    }

    @ParameterizedTest
    @CsvSource({
        // code, standard output, standard error, power, trouble
        "0, 'Status: ON', '', ON, ",
        "0, '', '', ON, ",
        "0, '', 'a warning', ON, ",
        "0, 'Status: OFF', '', UNKNOWN, CONTRADICTION",
        "2, 'Status: OFF', '', OFF, ",
        "2, 'status: off', 'DeprecationWarning: pipes', OFF, ",
        "2, '', '', OFF, ",
        "2, '', 'sh: 3: Syntax error', UNKNOWN, CONTRADICTION",
        "2, 'Status: ON', '', UNKNOWN, CONTRADICTION",
        "2, 'My Status: OFF', 'usage: fence_x', UNKNOWN, CONTRADICTION",
        "1, 'Status: OFF', '', UNKNOWN, FAILED",
        "3, 'Status: OFF', '', UNKNOWN, FAILED",
        "126, 'Status: OFF', '', UNKNOWN, NOT_RUNNABLE",
        "127, 'Status: OFF', '', UNKNOWN, NOT_RUNNABLE"
    })
    void onlyAnUncontradictedTwoIsOff(int code, String out, String err, PowerState power, AgentTrouble trouble) {
        AgentAnswer answer = AgentAnswer.status(exited(code, out, err), SECRETS);

        assertThat(answer.power()).isEqualTo(power);
        assertThat(answer.trouble()).isEqualTo(trouble);
    }

    static List<Ending> withoutAnEndOfItsOwn() {
        return List.of(
                new Signalled(9),
                new Signalled(2),
                new TimedOut(Duration.ofSeconds(3)),
                new Interrupted(),
                new NotStarted("no"));
    }

    @ParameterizedTest
    @MethodSource("withoutAnEndOfItsOwn")
    void whatDidNotEndByItselfSaysNothing(Ending ending) {
        AgentRun run = run(ending, "Status: OFF", "", false);

        assertThat(AgentAnswer.status(run, SECRETS).power()).isEqualTo(PowerState.UNKNOWN);
        assertThat(AgentAnswer.order(run, SECRETS).trouble()).isNotNull();
        assertThat(AgentAnswer.monitor(run, SECRETS).trouble()).isNotNull();
    }

    @Test
    void whatWroteMoreThanIsReadSaysNothing() {
        AgentAnswer answer = AgentAnswer.status(run(new Exited(2), "Status: OFF", "", true), SECRETS);

        assertThat(answer.power()).isEqualTo(PowerState.UNKNOWN);
        assertThat(answer.trouble()).isEqualTo(AgentTrouble.TOO_MUCH_OUTPUT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Unable to connect/login to fencing device | CANNOT_LOG_IN",
                "Failed: The user does not have the correct privileges to do the requested action. | NO_PRIVILEGE",
                "Failed: You have to set login password | NO_PASSWORD",
                "Failed: You have to enter password or password script | NO_PASSWORD",
                "Failed: You have to set login name | WRONG_USE",
                "Parse error: Ignoring unknown option 'x' | WRONG_USE",
                "Failed: Unrecognised action 'off' | WRONG_USE",
                "Failed: Timed out waiting to power OFF | STILL_ON",
                "Failed: Unable to obtain correct plug status or plug is not available | NO_SUCH_PLUG",
                "Connection timed out | DEVICE_TIMED_OUT",
                "Connection lost | CONNECTION_LOST",
                "Failed: Failed to establish a new connection: [Errno 111] Connection refused | UNREACHABLE",
                "Failed: [Errno 113] No route to host | UNREACHABLE",
                "Segmentation of the world | FAILED"
            })
    void namesWhatTheCommonLibrarySays(String said, AgentTrouble trouble) {
        String err = "2026-11-28 12:00:00,123 ERROR: " + said
                + "\n\n\n2026-11-28 12:00:00,124 ERROR: Please use '-h' for" + " usage\n\n";

        AgentAnswer answer = AgentAnswer.order(exited(1, "", err), SECRETS);

        assertThat(answer.trouble()).isEqualTo(trouble);
        assertThat(answer.text()).isEqualTo(trouble.said() + ": " + said);
    }

    @Test
    void aFailureWithoutAWordIsNamedByItsCode() {
        assertThat(AgentAnswer.order(exited(5, "", ""), SECRETS).text())
                .isEqualTo("failed: exit code 5 without a word");
    }

    @Test
    void codeTwoIsNoSuccessOfAnOrder() {
        assertThat(AgentAnswer.order(exited(2, "Status: OFF", ""), SECRETS).trouble())
                .isEqualTo(AgentTrouble.FAILED);
    }

    @Test
    void aDeviceWithOnePlugMayAnswerAMonitorLikeAStatus() {
        assertThat(AgentAnswer.monitor(exited(2, "", ""), SECRETS).power()).isEqualTo(PowerState.OFF);
        assertThat(AgentAnswer.monitor(exited(2, "", "usage:"), SECRETS).trouble())
                .isEqualTo(AgentTrouble.CONTRADICTION);
        assertThat(AgentAnswer.monitor(exited(0, "1,one", ""), SECRETS).text()).isEqualTo("done");
    }

    @Test
    void theEndOfAComplaintIsShownShortHarmlessAndWithoutSecrets() {
        String err = "first\n" + "x".repeat(500) + "\u001b[2Jpassword=other -P s3cr3t\n";

        String text = AgentAnswer.lastLines(err, SECRETS);

        assertThat(text).hasSizeLessThanOrEqualTo(241).startsWith("…").endsWith("?[2Jpassword=[removed] -P [removed]");
    }

    @Property
    boolean nothingButATwoIsEverOff(
            @ForAll("endings") Ending ending, @ForAll("words") String out, @ForAll("words") String err) {
        PowerState power =
                AgentAnswer.status(run(ending, out, err, false), SECRETS).power();
        return power != PowerState.OFF || ending.equals(new Exited(2));
    }

    @Property
    boolean aTwoWithAComplaintNeedsTheWord(@ForAll("words") String out, @ForAll("words") String err) {
        PowerState power = AgentAnswer.status(exited(2, out, err), SECRETS).power();
        return power != PowerState.OFF
                || out.toLowerCase(java.util.Locale.ROOT).contains("status: off")
                || AgentAnswer.lastLines(err, SECRETS).isEmpty();
    }

    @Provide
    static Arbitrary<Ending> endings() {
        return Arbitraries.oneOf(
                Arbitraries.integers().between(0, 255).map(Exited::new), Arbitraries.of(withoutAnEndOfItsOwn()));
    }

    @Provide
    static Arbitrary<String> words() {
        return Arbitraries.of(
                        "", "\n", "Status: OFF\n", "Status: ON\n", "OFF", "2\n", "Success: Powered OFF\n", "usage: x\n")
                .list()
                .ofMaxSize(4)
                .map(parts -> String.join("", parts));
    }
}
