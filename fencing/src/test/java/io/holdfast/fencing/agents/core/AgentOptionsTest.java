package io.holdfast.fencing.agents.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.agents.core.AgentMetadata.Action;
import io.holdfast.fencing.agents.core.AgentMetadata.Parameter;
import io.holdfast.fencing.agents.core.AgentMetadata.ValueType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentOptionsTest {

    private static final AgentMetadata AGENT = new AgentMetadata(
            "fence_x",
            "",
            "",
            List.of(
                    parameter("action", ValueType.STRING, true),
                    parameter("ip", ValueType.STRING, true),
                    new Parameter("ipaddr", ValueType.STRING, true, null, List.of(), "", true, null),
                    new Parameter("plug", ValueType.STRING, false, null, List.of(), "", false, "port"),
                    new Parameter("port", ValueType.STRING, false, null, List.of(), "", true, null),
                    new Parameter("gone", ValueType.STRING, false, null, List.of(), "", true, null),
                    parameter("number", ValueType.INTEGER, false),
                    parameter("wait", ValueType.SECOND, false),
                    parameter("ssl", ValueType.BOOLEAN, false),
                    new Parameter("method", ValueType.SELECT, false, null, List.of("onoff", "cycle"), "", false, null),
                    parameter("password", ValueType.STRING, false),
                    parameter("password_script", ValueType.STRING, false),
                    parameter("missing_as_off", ValueType.BOOLEAN, false),
                    parameter("debug_file", ValueType.STRING, false)),
            List.of());

    private static Parameter parameter(String name, ValueType type, boolean required) {
        return new Parameter(name, type, required, null, List.of(), "the " + name, false, null);
    }

    private static List<String> problems(String name, String value) {
        return AgentOptions.problems(
                AGENT, name.equals("ip") ? Map.of(name, value) : Map.of("ip", "h", name, value), Secrets.none());
    }

    @ParameterizedTest
    @CsvSource({
        "ip, 192.0.2.1",
        "plug, 'a b'",
        "number, -12",
        "wait, 3",
        "ssl, 1",
        "ssl, Yes",
        "ssl, false",
        "method, cycle"
    })
    void takesWhatTheAgentTakes(String name, String value) {
        assertThat(problems(name, value)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "number | twelve | options.number must be a whole number, is 'twelve'",
                "wait | 3s | options.wait must be a whole number of seconds without a unit, is '3s'",
                "wait | -3 | options.wait must be a whole number of seconds without a unit, is '-3'",
                "ssl | maybe | options.ssl must be true or false, is 'maybe'",
                "method | hard | options.method must be one of onoff, cycle, is 'hard'",
                "ip | ' h' | options.ip must not begin and end with blanks or quotation marks, which agents take away,"
                        + " is ' h'",
                "port | 1 | options.port is an old name; it is called 'plug' now",
                "gone | 1 | options.gone is an old name; the agent gives it up",
                "Plug | 1 | options.Plug is not known to the agent; did you mean 'plug'?",
                "nothing | 1 | options.nothing is not known to the agent; it knows ip, method, number, password, plug,"
                        + " ssl, wait",
                "missing_as_off | 1 | options.missing_as_off would make a plug that does not exist prove that a host is"
                        + " off",
                "missing-as-off | 1 | options.missing-as-off would make a plug that does not exist prove that a host is"
                        + " off",
                "debug_file | f | options.debug_file would have the agent write passwords to a file",
                "password_script | f | options.password_script would have the agent run a program for its secret; write"
                        + " the secret into a file and name that under secrets"
            })
    void namesWhatTheAgentDoesNotTake(String name, String value, String problem) {
        assertThat(problems(name, value)).containsExactly(problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"quoted\"", "", "two\nlines", "a\u0000b"})
    void refusesAValueThatWouldArriveAsAnotherAndDoesNotRepeatASecret(String value) {
        List<String> problems = AgentOptions.problems(AGENT, Map.of("ip", "h"), new Secrets(Map.of("password", value)));

        assertThat(problems).hasSize(1).allMatch(each -> each.startsWith("secrets.password must"));
        assertThat(problems).noneMatch(each -> each.contains("quoted") || each.contains("two"));
    }

    @Test
    void aRequiredParameterMayBeASecretAndMayNotBeMissing() {
        assertThat(AgentOptions.problems(AGENT, Map.of(), new Secrets(Map.of("ip", "h"))))
                .isEmpty();
        assertThat(AgentOptions.problems(AGENT, Map.of(), Secrets.none()))
                .containsExactly("options.ip is missing; the agent requires it (the ip)");
    }

    @Test
    void refusesMoreThanAPipeHolds() {
        assertThat(problems("plug", "x".repeat(5000)))
                .containsExactly("options and secrets are longer than 4096 bytes together");
    }

    @Test
    void tellsTheActionFirstAndThenOptionsAndSecretsByName() {
        assertThat(AgentOptions.input(
                        AgentAction.STATUS, Map.of("plug", "1", "ip", "h"), new Secrets(Map.of("password", "a=b"))))
                .isEqualTo("action=status\nip=h\nplug=1\npassword=a=b\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password",
                "passwd",
                "snmp_priv_passwd",
                "community",
                "apikey",
                "secret_key",
                "token",
                "hexadecimal_kg"
            })
    void knowsWhatBelongsIntoAFile(String name) {
        assertThat(AgentOptions.secret(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ip", "username", "identity_file", "token_file", "password_script", "key_value_file"})
    void knowsWhatDoesNot(String name) {
        assertThat(AgentOptions.secret(name)).isFalse();
    }

    // --- fitness ---

    private static AgentMetadata agent(String name, Action... actions) {
        return new AgentMetadata(name, "", "", List.of(), List.of(actions));
    }

    private static final Action ON = new Action("on", false);
    private static final Action OFF = new Action("off", false);
    private static final Action STATUS = new Action("status", false);

    @Test
    void anAgentThatDoesNotReadPowerIsRefused() {
        assertThat(AgentFitness.unfit(agent("fence_x", ON, OFF, STATUS))).isEmpty();
        assertThat(AgentFitness.unfit(agent("fence_x", OFF, STATUS))).isEmpty();
        assertThat(AgentFitness.unfit(agent("fence_scsi", new Action("on", true), OFF, STATUS)))
                .contains("cuts a host off from storage or network and leaves it running");
        assertThat(AgentFitness.unfit(agent("fence_x", ON, STATUS))).contains("cannot switch off");
        assertThat(AgentFitness.unfit(agent("fence_kdump", OFF)))
                .contains("cannot read the power back, so it can prove nothing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fence_crosslink", "fence_sbd", "fence_evacuate"})
    void anAgentWhoseStatusIsAboutSomethingElseIsRefused(String name) {
        assertThat(AgentFitness.unfit(agent(name, ON, OFF, STATUS))).isPresent();
    }

    @Test
    void saysWhatAnOperatorShouldKnow() {
        assertThat(AgentFitness.caution(agent("fence_dummy"), Map.of())).isPresent();
        assertThat(AgentFitness.caution(agent("fence_x"), Map.of("ssl_insecure", "1")))
                .isPresent();
        assertThat(AgentFitness.caution(agent("fence_x"), Map.of("ssl_insecure", "0")))
                .isEmpty();
    }
}
