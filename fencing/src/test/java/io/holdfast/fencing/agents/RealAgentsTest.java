package io.holdfast.fencing.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingException;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.KdumpSettings;
import io.holdfast.fencing.Needs;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.SensorSettings;
import io.holdfast.fencing.agents.core.AgentMetadata;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.sim.BmcIdentity;
import io.holdfast.fencing.ipmi.sim.SimulatedBmc;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The agents of Debian's package fence-agents, and Debian's BMC simulator behind one of them. */
@Needs(
        value = {"fence_dummy", "ipmi_sim", "ipmitool"},
        in = "fence-agents, openipmi, ipmitool")
class RealAgentsTest {

    private static final Duration CALL = Duration.ofSeconds(20);
    private static final FenceAgents AGENTS = new FenceAgents(FencingSettings.Agents.defaults());

    @TempDir
    Path directory;

    private AgentDevice dummy(Map<String, String> more) {
        Map<String, String> options = new java.util.HashMap<>(more);
        options.put("status_file", directory.resolve("power").toString());
        return AGENTS.device("h1", new FencingSettings.Agent("fence_dummy", options, Map.of()), Map.of());
    }

    private void power(String text) throws IOException {
        Files.writeString(directory.resolve("power"), text);
    }

    // --- fence_dummy, whose power is a file ---

    @Test
    void readsCutsAndReadsBack() throws IOException {
        power("on");
        AgentDevice device = dummy(Map.of());

        assertThat(device.facts(CALL))
                .singleElement()
                .isInstanceOfSatisfying(
                        DeviceFact.Contact.class,
                        contact -> assertThat(contact.made()).isTrue());
        assertThat(device.readPower(CALL).state()).isEqualTo(PowerState.ON);
        PowerOrder order = device.powerOff(CALL);
        assertThat(order.answer()).as(order.detail()).isEqualTo(PowerOrder.Answer.ACCEPTED);
        assertThat(directory.resolve("power")).hasContent("off");
        assertThat(device.readPower(CALL).state()).isEqualTo(PowerState.OFF);
        assertThat(device.powerOff(CALL).answer()).isEqualTo(PowerOrder.Answer.ACCEPTED);
    }

    @Test
    void aStatusThatIsNeitherOnNorOffIsUnknownAndNamed() throws IOException {
        power("half");

        PowerReading reading = dummy(Map.of()).readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail())
                .isEqualTo(
                        "no status of that plug: Failed: Unable to obtain correct plug status or plug is not available");
    }

    @Test
    void oneThatSleepsIsKilledAtTheDeadline() throws IOException {
        power("off");

        // The agent draws its sleep from 1 s to this many: with a thousand, one run in a thousand ended in time.
        PowerReading reading = dummy(Map.of("random_sleep_range", "1000000000")).readPower(Duration.ofSeconds(2));

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).startsWith("did not end in time and was killed");
    }

    @Test
    void theWholeWayFromRequestToProof() throws IOException {
        power("on");
        HostId h1 = HostId.of("h1");
        FencingSettings defaults = FencingSettings.defaults();
        FencingSettings patient = new FencingSettings(
                Map.of(),
                Map.of(),
                defaults.agents(),
                CALL,
                defaults.readBackPause(),
                defaults.readBackPauseMax(),
                3,
                Duration.ZERO,
                FencingSettings.Slot.defaults(),
                KdumpSettings.none(),
                SensorSettings.defaults());
        Fencer fencer = new Fencer(
                FenceDevices.one(Map.of(h1, dummy(Map.of()))),
                new InMemoryFenceJournal(),
                (_, _) -> true,
                patient,
                InstantSource.system());

        FenceResult result = fencer.fence(new FenceRequest(
                CaseId.of(new UUID(0, 1)), SegmentId.of("s1"), h1, HostEpoch.of(1), 1, new LeaderEpoch(1), CALL));

        assertThat(result).isInstanceOf(FenceResult.Proven.class);
        assertThat(directory.resolve("power")).hasContent("off");
    }

    // --- fence_ipmilan and a BMC ---

    @Test
    void ipmilanReadsAndCutsThePowerOfABmcAndNamesAWrongPassword() throws Exception {
        int port;
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        power("1");
        Process bmc = bmc(port);
        try {
            AgentDevice device = ipmilan(port, "f3nc3r");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> device.readPower(CALL).state() == PowerState.ON);
            assertThat(device.facts(CALL))
                    .singleElement()
                    .isInstanceOfSatisfying(
                            DeviceFact.Contact.class,
                            contact -> assertThat(contact.made()).isTrue());

            PowerOrder order = device.powerOff(CALL);
            assertThat(order.answer()).as(order.detail()).isEqualTo(PowerOrder.Answer.ACCEPTED);
            assertThat(directory.resolve("power")).hasContent("0");
            assertThat(device.readPower(CALL).state()).isEqualTo(PowerState.OFF);

            PowerReading wrong = ipmilan(port, "wr0ng").readPower(CALL);
            assertThat(wrong.state()).as("although the host is off").isEqualTo(PowerState.UNKNOWN);
            assertThat(wrong.detail()).doesNotContain("wr0ng").isNotBlank();
        } finally {
            bmc.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    /**
     * A program in place of ipmitool that writes down what each process of this run shows to everybody, itself included, and then
     * becomes ipmitool with the same arguments.
     */
    private Path witness() throws IOException {
        Path witness = Files.writeString(directory.resolve("witness"), """
                #!/bin/sh
                for each in $(grep -lzxF "HOLDFAST_FENCE_RUN=$HOLDFAST_FENCE_RUN" /proc/[0-9]*/environ 2>/dev/null); do
                  tr '\\0' ' ' <"${each%%environ}cmdline" && echo
                done >>%s/seen 2>/dev/null
                exec /usr/bin/ipmitool "$@"
                """.formatted(directory));
        return Files.setPosixFilePermissions(witness, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void noProcessOfIpmilanShowsThePassword() throws Exception {
        BmcIdentity identity =
                BmcIdentity.of(new BmcIdentity.User("fencer", Secret.ofPassword("s3cr3t"), Privilege.OPERATOR));
        try (SimulatedBmc bmc =
                SimulatedBmc.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), identity, 1)) {
            AgentDevice device = ipmilan(
                    bmc.port(), "s3cr3t", Map.of("ipmitool_path", witness().toString()));

            PowerReading on = device.readPower(CALL);
            assertThat(on.state()).as(on.detail()).isEqualTo(PowerState.ON);
            PowerOrder order = device.powerOff(CALL);
            assertThat(order.answer()).as(order.detail()).isEqualTo(PowerOrder.Answer.ACCEPTED);
            assertThat(bmc.chassis().hasPower()).isFalse();
            assertThat(device.readPower(CALL).state()).isEqualTo(PowerState.OFF);
        }
        assertThat(Files.readString(directory.resolve("seen")))
                .contains("fence_ipmilan", " -E -I lanplus ", "chassis power off")
                .doesNotContain("s3cr3t", " -P ");
    }

    @Test
    void aSecretThatNetSnmpWouldShowIsRefusedAtTheStart() {
        assertThatThrownBy(() -> AGENTS.device(
                        "h1",
                        new FencingSettings.Agent("fence_apc_snmp", Map.of("ip", "192.0.2.1", "plug", "1"), Map.of()),
                        Map.of("community", "s3cr3t")))
                .isInstanceOf(FencingException.class)
                .hasMessageStartingWith("fencing.devices.h1.secrets: fence_apc_snmp hands community to another program")
                .hasMessageNotContaining("s3cr3t");
    }

    private static AgentDevice ipmilan(int port, String password) {
        return ipmilan(port, password, Map.of());
    }

    private static AgentDevice ipmilan(int port, String password, Map<String, String> more) {
        Map<String, String> options = new java.util.HashMap<>(more);
        options.putAll(Map.of(
                "ip",
                "127.0.0.1",
                "ipport",
                Integer.toString(port),
                "username",
                "fencer",
                "lanplus",
                "1",
                "cipher",
                "3",
                "privlvl",
                "operator",
                "power_wait",
                "0"));
        return AGENTS.device(
                "h1", new FencingSettings.Agent("fence_ipmilan", options, Map.of()), Map.of("password", password));
    }

    private Process bmc(int port) throws IOException {
        Path chassis = directory.resolve("chassis");
        Files.writeString(chassis, """
                #!/bin/sh
                case "$2 $3" in
                  "get power") echo "power:$(cat %1$s/power)" ;;
                  "set power") echo "$4" >%1$s/power ;;
                esac
                """.formatted(directory));
        Files.setPosixFilePermissions(chassis, PosixFilePermissions.fromString("rwx------"));
        Path lan = Files.writeString(directory.resolve("lan.conf"), """
                name "bmc1"
                set_working_mc 0x20
                startlan 1
                  addr 127.0.0.1 %d
                  priv_limit admin
                  allowed_auths_operator none md2 md5 straight
                  allowed_auths_admin none md2 md5 straight
                  guid a123456789abcdefa123456789000001
                endlan
                chassis_control "%s h1"
                user 1 false "" "" user 10 none md2 md5 straight
                user 2 true "fencer" "f3nc3r" operator 10 none md2 md5 straight
                """.formatted(port, chassis));
        Path commands = Files.writeString(directory.resolve("cmds.emu"), """
                mc_setbmc 0x20
                mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
                mc_enable 0x20
                """);
        Path state = Files.createDirectory(directory.resolve("state"));
        return new ProcessBuilder(
                        "ipmi_sim", "-n", "-c", lan.toString(), "-f", commands.toString(), "-s", state.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    // --- the others: what they say of themselves, and how they fail ---

    @Test
    void everyInstalledAgentDescribesItselfExceptTheOneThatIsNone() {
        List<FenceAgents.Installed> all = AGENTS.installed();

        assertThat(all).extracting(FenceAgents.Installed::name).contains("fence_dummy", "fence_redfish", "fence_virsh");
        assertThat(all.stream().filter(each -> each.metadata() == null).map(FenceAgents.Installed::name))
                .isSubsetOf("fence_ack_manual");
    }

    @ParameterizedTest
    @CsvSource({
        "fence_scsi, leaves it running",
        "fence_mpath, leaves it running",
        "fence_ifmib, leaves it running",
        "fence_compute, leaves it running",
        "fence_kdump, can prove nothing",
        "fence_heuristics_ping, can prove nothing",
        "fence_crosslink, does not answer a ping",
        "fence_sbd, message",
        "fence_ack_manual, does not describe itself"
    })
    void whatReadsNoPowerIsRefusedAtTheStart(String agent, String why) {
        assertThatThrownBy(() -> AGENTS.device("h1", new FencingSettings.Agent(agent, Map.of(), Map.of()), Map.of()))
                .isInstanceOf(FencingException.class)
                .hasMessageStartingWith("fencing.devices.h1.agent: ")
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @CsvSource({
        "fence_redfish, systems_uri, /redfish/v1/Systems/1, ip, the device cannot be reached",
        "fence_virsh, plug, h1, ip, refused login"
    })
    void aDeviceThatIsNotThereIsNamedAndTheSecretIsNotShown(
            String agent, String name, String value, String address, String trouble) {
        AgentDevice device = AGENTS.device(
                "h1",
                new FencingSettings.Agent(
                        agent,
                        Map.of(name, value, address, "127.0.0.1", "ipport", "1", "username", "fencer"),
                        Map.of()),
                Map.of("password", "s3cr3t-word"));

        PowerReading reading = device.readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).startsWith(trouble).doesNotContain("s3cr3t-word");
    }

    @Test
    void redfishAndVirshSayWhatTheyNeed() {
        AgentMetadata redfish = AGENTS.metadata("fence_redfish");
        assertThat(redfish.parameter("systems_uri")).isPresent();

        assertThatThrownBy(() -> AGENTS.device(
                        "h1",
                        new FencingSettings.Agent(
                                "fence_virsh", Map.of("ip", "192.0.2.1", "missing_as_off", "1"), Map.of()),
                        Map.of()))
                .hasMessageContaining("fencing.devices.h1.options.plug is missing; the agent requires it")
                .hasMessageContaining("fencing.devices.h1.options.username is missing; the agent requires it")
                .hasMessageContaining("missing_as_off would make a plug that does not exist prove that a host is off");
    }
}
