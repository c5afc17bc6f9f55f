package io.holdfast.fencing.agents.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.agents.core.AgentMetadata.Parameter;
import io.holdfast.fencing.agents.core.AgentMetadata.ValueType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AgentArgumentsTest {

    private static final AgentMetadata IPMILAN =
            agent("fence_ipmilan", "password", "hexadecimal_kg", "ipmitool_path", "lanplus");
    private static final AgentMetadata SNMP =
            agent("fence_apc_snmp", "password", "community", "snmp_priv_passwd", "snmpget_path");

    private static AgentMetadata agent(String name, String... parameters) {
        return new AgentMetadata(
                name,
                "",
                "",
                Arrays.stream(parameters).map(each -> parameter(each, null)).toList(),
                List.of());
    }

    private static Parameter parameter(String name, @Nullable String byDefault) {
        return new Parameter(name, ValueType.STRING, false, byDefault, List.of(), "", false, null);
    }

    @Test
    void whatBecomesAnArgumentOfAnotherProgramIsKnown() {
        assertThat(AgentArguments.exposed(IPMILAN, Set.of("password"))).isEmpty();
        assertThat(AgentArguments.exposed(IPMILAN, Set.of("password", "hexadecimal_kg")))
                .containsExactly("hexadecimal_kg");
        assertThat(AgentArguments.exposed(SNMP, Set.of("community"))).containsExactly("community");
        assertThat(AgentArguments.exposed(SNMP, Set.of("password", "snmp_priv_passwd")))
                .containsExactly("password", "snmp_priv_passwd");
        assertThat(AgentArguments.exposed(agent("fence_vmware", "password"), Set.of("password")))
                .containsExactly("password");
        assertThat(AgentArguments.exposed(agent("fence_vmware_rest", "password"), Set.of("password")))
                .isEmpty();
        assertThat(AgentArguments.exposed(SNMP, Set.of())).isEmpty();
    }

    @Test
    void thePasswordIsInNothingThatTheAgentReads() {
        AgentCall call = AgentCall.besideIpmitool(
                AgentAction.OFF,
                Map.of("ip", "192.0.2.1", "ipmitool_path", "/opt/ipmitool"),
                new Secrets(Map.of("password", "s3cr3t", "other", "x")),
                "/opt/ipmitool",
                "/tmp/in/ipmitool");

        assertThat(call.input()).isEqualTo("action=off\nip=192.0.2.1\nipmitool_path=/tmp/in/ipmitool\nother=x\n");
        assertThat(call.environment())
                .isEqualTo(Map.of("HOLDFAST_IPMITOOL", "/opt/ipmitool", "IPMITOOL_PASSWORD", "s3cr3t"));
        assertThat(call.toString()).doesNotContain("s3cr3t", "x");
    }

    @Test
    void otherAgentsAreToldEverythingOnStandardInputAndNothingInTheEnvironment() {
        AgentCall call = AgentCall.of(AgentAction.STATUS, Map.of("ip", "h"), new Secrets(Map.of("password", "s3cr3t")));

        assertThat(call.input()).isEqualTo("action=status\nip=h\npassword=s3cr3t\n");
        assertThat(call.environment()).isEmpty();
    }

    @Test
    void theRealProgramIsTheOperatorsOrTheAgentsOrDebians() {
        assertThat(AgentCall.ipmitool(IPMILAN, Map.of("ipmitool_path", "/opt/ipmitool")))
                .isEqualTo("/opt/ipmitool");
        assertThat(AgentCall.ipmitool(IPMILAN, Map.of())).isEqualTo("/usr/bin/ipmitool");
        AgentMetadata own = new AgentMetadata(
                "fence_ipmilan", "", "", List.of(parameter("ipmitool_path", "/usr/sbin/ipmitool")), List.of());
        assertThat(AgentCall.ipmitool(own, Map.of())).isEqualTo("/usr/sbin/ipmitool");
    }

    @Test
    void whoDescribesAnAgentHearsOfIt() {
        assertThat(AgentFitness.note(SNMP))
                .hasValueSatisfying(note -> assertThat(note)
                        .startsWith("hands community, password, snmp_priv_passwd to another program as an argument"));
        assertThat(AgentFitness.note(IPMILAN))
                .hasValueSatisfying(note -> assertThat(note).startsWith("hands hexadecimal_kg to another program"));
        assertThat(AgentFitness.note(agent("fence_ilo4", "password", "ipmitool_path", "lanplus")))
                .isEmpty();
        assertThat(AgentFitness.note(agent("fence_dummy")))
                .hasValueSatisfying(note -> assertThat(note).contains("for rehearsals only"));
        assertThat(AgentFitness.note(agent("fence_virsh", "password"))).isEmpty();
    }
}
