package io.holdfast.lab;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.lab.guest.Guests;
import io.holdfast.lab.ledger.Ledger;
import io.holdfast.lab.ledger.Ledger.Beat;
import io.holdfast.lab.ledger.LedgerCheck;
import io.holdfast.lab.ledger.LedgerReader;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The real thing: namespaces, libvirtd, ipmi_sim, QEMU. Needs root and an otherwise lab-free machine. */
@Tag("lab")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class LabTest {

    private static final String NONCE = "0123456789abcdef";

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final HostId H3 = HostId.of("h3");
    private static final Path CACHE = Path.of("target/guests");

    private Path state;
    private Lab lab;
    private List<String> before;

    /** A run that was killed, or a machine's restart of everything, leaves names behind; each test compares them. */
    @BeforeAll
    static void clearRemains() throws Exception {
        Path place = Files.createTempDirectory("holdfast-lab-test");
        Lab fresh = Lab.at(place);
        if (Lab.active().isPresent()) {
            fresh.up(LabPlan.bare(1), line -> {});
            fresh.down(line -> {});
        }
        delete(place);
    }

    @BeforeEach
    void remember() throws Exception {
        state = Files.createTempDirectory("holdfast-lab-test");
        lab = Lab.at(state);
        before = traces();
    }

    @AfterEach
    void leavesNothingBehind() throws Exception {
        lab.down(line -> {});
        assertThat(traces()).isEqualTo(before);
        delete(state);
    }

    static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void upTwiceIsOnceAndDownTwiceIsOnce() throws Exception {
        assertThat(lab.status().state()).isEqualTo(LabStatus.State.DOWN);
        LabPlan plan =
                LabPlan.withController(List.of(H1, H2, H3), host -> List.of("sleep", "1000"), List.of("sleep", "1000"));
        LabStatus first = lab.up(plan, line -> {});
        assertThat(first.hosts()).hasSize(3).allSatisfy(host -> {
            assertThat(host.power()).isEqualTo(PowerState.ON);
            assertThat(host.libvirtReady()).isTrue();
            assertThat(host.mgmtUp()).isTrue();
            assertThat(host.oobUp()).isTrue();
            assertThat(host.bmcPid()).isPresent();
        });
        assertThat(first.controller().running()).isTrue();
        assertThat(lab.up(plan, line -> {})).isEqualTo(first);

        // What is missing is made, what runs stays.
        lab.killController();
        lab.power(H2, PowerAction.PULL_PLUG);
        LabStatus again = lab.up(plan, line -> {});
        assertThat(again.controller().running()).isTrue();
        assertThat(again.host(H1)).isEqualTo(first.host(H1));
        assertThat(again.host(H2).orElseThrow().initPid())
                .isNotEqualTo(first.host(H2).orElseThrow().initPid());

        assertThatThrownBy(() -> lab.up(LabPlan.bare(2), line -> {}))
                .isInstanceOf(LabException.class)
                .hasMessageContaining("take it down");
        assertThatThrownBy(() -> Lab.at(state.resolve("other")).up(LabPlan.bare(1), line -> {}))
                .isInstanceOf(LabException.class)
                .hasMessageContaining(state.toString());
        lab.down(line -> {});
        lab.down(line -> {});
        assertThat(lab.status().state()).isEqualTo(LabStatus.State.DOWN);
    }

    @Test
    void aCrashedLabIsRecognisedAndReplaced() throws Exception {
        lab.up(LabPlan.bare(2), line -> {});
        long rack = Long.parseLong(Files.readString(state.resolve("rack.pid")).split(" ")[0]);
        ProcessHandle.of(rack).orElseThrow().destroyForcibly();
        await().atMost(Duration.ofSeconds(5)).until(() -> lab.status().state() == LabStatus.State.CRASHED);
        List<String> lines = new ArrayList<>();
        assertThat(lab.up(LabPlan.bare(2), lines::add).state()).isEqualTo(LabStatus.State.UP);
        assertThat(lines).first().asString().contains("crashed");
    }

    @Tag("chaos")
    @Test
    void aLabOfAnotherDirectoryIsReplacedWhenNothingOfItLivesAndNoSooner() throws Exception {
        Path forgotten = Files.createTempDirectory("holdfast-lab-test");
        Lab other = Lab.at(forgotten);
        other.up(LabPlan.withController(List.of(H1), host -> List.of(), List.of("sleep", "1000")), line -> {});
        Process shell = other.inController(List.of("sleep", "1000")).start();
        long rack =
                Long.parseLong(Files.readString(forgotten.resolve("rack.pid")).split(" ")[0]);
        ProcessHandle.of(rack).orElseThrow().destroyForcibly();
        await().atMost(Duration.ofSeconds(5)).until(() -> other.status().state() == LabStatus.State.CRASHED);

        // Somebody is still inside.
        assertThatThrownBy(() -> lab.up(LabPlan.bare(1), line -> {}))
                .isInstanceOf(LabException.class)
                .hasMessageContaining(forgotten.toString());
        shell.destroyForcibly().waitFor();
        delete(forgotten);

        List<String> lines = new ArrayList<>();
        await().atMost(Duration.ofSeconds(10))
                .ignoreExceptionsInstanceOf(LabException.class)
                .untilAsserted(() -> {
                    assertThat(lab.up(LabPlan.bare(1), lines::add).state()).isEqualTo(LabStatus.State.UP);
                });
        assertThat(lines).first().asString().contains(forgotten.toString(), "crashed");
    }

    @Test
    void theLabSurvivesTheToolThatMadeItAndAnyOtherCanRemoveIt() throws Exception {
        for (long afterMillis : List.of(30L, 150L, 300L, 600L)) {
            Process tool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin/java").toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            UpTool.class.getName(),
                            state.toString())
                    .redirectErrorStream(true)
                    .start();
            // Its first line says that it is about to begin; from there on it dies anywhere.
            tool.inputReader().readLine();
            tool.waitFor(afterMillis, MILLISECONDS);
            tool.destroyForcibly().waitFor();
            Lab.at(state).down(line -> {});
            assertThat(traces()).isEqualTo(before);
        }
    }

    @Tag("chaos")
    @Test
    void aToolKilledBeforeItSaidWhoseTheLabIsLeavesNothingForDownToMiss() throws Exception {
        // Each of these is what is on disk at one moment between the first file and lab.json.
        for (List<String> files : List.of(
                List.<String>of(),
                List.of("lock"),
                List.of("lock", "created"),
                List.of("lock", "created", "lab.json.new"))) {
            Files.createDirectory(Mark.DIRECTORY);
            for (String file : files) {
                Files.createFile(Mark.DIRECTORY.resolve(file));
            }
            List<String> lines = new ArrayList<>();
            lab.down(lines::add);
            assertThat(lines).containsExactly("no lab on this machine");
            assertThat(traces()).isEqualTo(before);
        }
    }

    @Tag("chaos")
    @Test
    void aToolInTheControllersNetworkCanTakeTheLabDownAndLivesToReportIt() throws Exception {
        lab.up(LabPlan.bare(1), line -> {});
        Process bystander = lab.inController(List.of("sleep", "1000")).start();
        String said = text(lab.inController(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                UpTool.class.getName(),
                state.toString(),
                "down")));
        assertThat(said.lines()).startsWith("UP").contains("the lab is down").endsWith("DOWN");
        assertThat(bystander.waitFor(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void callsOnALabThatIsNotUpSaySo() {
        assertThatThrownBy(() -> lab.inController(List.of("true")))
                .isInstanceOf(LabException.class)
                .hasMessageContaining("bring it up first");
        assertThatThrownBy(() -> lab.power(H1, PowerAction.PULL_PLUG))
                .isInstanceOf(LabException.class)
                .hasMessageContaining("no host h1");
    }

    @Test
    void powerLossIsSilentAndTheHostComesBackByItself() throws Exception {
        lab.up(
                new LabPlan(
                        List.of(H1, H2), host -> List.of("busybox", "nc", "-ll", "-p", "7000", "-e", "cat"), List.of()),
                line -> {});
        String firstBoot = text(lab.inHost(H1, List.of("cat", "/run/holdfast/boot-id")));
        Process client = lab.inController(List.of(
                        "bash",
                        "-c",
                        "exec 3<>/dev/tcp/198.51.100.11/7000; echo hello >&3; read -r line <&3; echo $line;"
                                + " if read -r -t 2 line <&3; then echo data; elif [ $? -gt 128 ]; then echo silence;"
                                + " else echo closed; fi"))
                .redirectErrorStream(true)
                .start();
        assertThat(client.inputReader().readLine()).isEqualTo("hello");
        lab.power(H1, PowerAction.PULL_PLUG);
        assertThat(lab.status().host(H1).orElseThrow().power()).isEqualTo(PowerState.OFF);
        assertThat(lab.status().host(H1).orElseThrow().mgmtUp()).isFalse();
        assertThat(lab.status().host(H1).orElseThrow().bmcPid()).isPresent();
        assertThat(client.inputReader().readLine()).isEqualTo("silence");
        assertThat(lab.inHost(H1, List.of("true")).start().waitFor()).isEqualTo(125);

        lab.power(H1, PowerAction.PRESS_ON);
        awaitLibvirt(H1);
        assertThat(text(lab.inHost(H1, List.of("cat", "/run/holdfast/boot-id"))))
                .isNotEqualTo(firstBoot);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> lab.inHost(H2, List.of("bash", "-c", ": > /dev/tcp/198.51.100.11/7000"))
                                .start()
                                .waitFor()
                        == 0);
    }

    @Tag("chaos")
    @Test
    void aHostsDiskSurvivesPowerLossAndItsRunDirectoryDoesNot() throws Exception {
        lab.up(LabPlan.bare(1), line -> {});
        Files.writeString(lab.configurationDirectory(H1).resolve("agent.yaml"), "x: 1\n");
        text(lab.inHost(H1, List.of("bash", "-c", "echo kept > /var/lib/holdfast/a; echo lost > /run/holdfast/b")));
        lab.power(H1, PowerAction.RESET);
        assertThat(text(lab.inHost(
                        H1,
                        List.of(
                                "bash",
                                "-c",
                                "cat /var/lib/holdfast/a /etc/holdfast/agent.yaml; ls /run/holdfast; hostname"))))
                .isEqualTo("kept\nx: 1\nboot-id\nh1");
    }

    @Test
    void bmcTellsAndChangesPowerAndItsFaultsAreWhatTheySay() throws Exception {
        lab.up(LabPlan.bare(1), line -> {});
        assertThat(ipmi(H1, "status")).isEqualTo("Chassis Power is on");
        ipmi(H1, "off");
        assertThat(ipmi(H1, "status")).isEqualTo("Chassis Power is off");
        assertThat(lab.status().host(H1).orElseThrow().mgmtUp()).isFalse();
        ipmi(H1, "on");
        assertThat(ipmi(H1, "status")).isEqualTo("Chassis Power is on");
        assertThat(lab.status().host(H1).orElseThrow().mgmtUp()).isTrue();

        // Pulled by hand, pressed over IPMI: the BMC lives on its own supply.
        lab.power(H1, PowerAction.PULL_PLUG);
        assertThat(ipmi(H1, "status")).isEqualTo("Chassis Power is off");
        ipmi(H1, "on");

        lab.bmc(H1, BmcFault.LYING);
        assertThat(ipmi(H1, "off")).isEqualTo("Chassis Power Control: Down/Off");
        assertThat(ipmi(H1, "status")).isEqualTo("Chassis Power is on");
        lab.bmc(H1, BmcFault.FAILING);
        assertThat(ipmi(H1, "off")).contains("failed");
        assertThat(ipmi(H1, "status")).isEqualTo("Chassis Power is on");
        lab.bmc(H1, BmcFault.WRONG);
        assertThat(ipmi(H1, "status")).isEqualTo("Chassis Power is off");
        assertThat(ipmi(H1, "off")).isEqualTo("Chassis Power Control: Down/Off");
        assertThat(lab.status().host(H1).orElseThrow().power()).isEqualTo(PowerState.ON);
        lab.bmc(H1, BmcFault.DEAD);
        assertThat(ipmi(H1, "status")).contains("Unable to establish");
        assertThat(lab.status().host(H1).orElseThrow().bmcPid()).isEmpty();
        lab.bmc(H1, BmcFault.NONE);
        await().atMost(Duration.ofSeconds(10)).until(() -> ipmi(H1, "status").equals("Chassis Power is on"));
        lab.network(H1, Network.OOB, false);
        assertThat(ipmi(H1, "status")).contains("Unable to establish");
        lab.network(H1, Network.OOB, true);
        await().atMost(Duration.ofSeconds(10)).until(() -> ipmi(H1, "status").equals("Chassis Power is on"));
        assertThat(Files.getPosixFilePermissions(state.resolve("bmc/credentials.json")))
                .hasToString("[OWNER_READ, OWNER_WRITE]");
    }

    @Test
    void anOutletTakesPowerAwayWhateverTheBmcIsToldAndKnowsNothingOfTheHostThatItFeeds() throws Exception {
        lab.up(
                new LabPlan(
                        List.of(H1, H2), host -> List.of(), List.of(MachinePlan.controller(1, List.of()), lab.pdu())),
                line -> {});
        lab.bmc(H1, BmcFault.LYING);
        lab.power(H2, PowerAction.PULL_PLUG);
        assertThat(outlet(H1, "status")).isEqualTo("Chassis Power is on");
        assertThat(outlet(H2, "status")).isEqualTo("Chassis Power is on");

        outlet(H1, "off");
        assertThat(outlet(H1, "status")).isEqualTo("Chassis Power is off");
        assertThat(outlet(H2, "status")).isEqualTo("Chassis Power is on");
        assertThat(lab.status().host(H1).orElseThrow().outletOn()).isFalse();
        assertThat(lab.status().host(H1).orElseThrow().power()).isEqualTo(PowerState.OFF);
        lab.bmc(H1, BmcFault.NONE);
        assertThat(ipmi(H1, "on")).contains("failed");
        assertThatThrownBy(() -> lab.power(H1, PowerAction.PRESS_ON)).hasMessageContaining("its outlet is off");

        lab.outlet(H1, true);
        assertThat(outlet(H1, "status")).isEqualTo("Chassis Power is on");
        assertThat(lab.status().host(H1).orElseThrow().power()).isEqualTo(PowerState.OFF);
        ipmi(H1, "on");
        assertThat(lab.status().host(H1).orElseThrow().power()).isEqualTo(PowerState.ON);

        // Whoever answers for the outlets is gone; what they feed goes on.
        lab.kill("pdu");
        assertThat(outlet(H1, "status")).contains("Unable to establish");
        assertThat(lab.status().host(H1).orElseThrow().power()).isEqualTo(PowerState.ON);
        lab.start("pdu");
        await().atMost(Duration.ofSeconds(10)).until(() -> outlet(H1, "status").equals("Chassis Power is on"));
        assertThat(machine("pdu").address()).isEqualTo(lab.pdu().oobAddress());
        lab.network("pdu", Network.OOB, false);
        assertThat(machine("pdu").linkUp()).isFalse();
        assertThatThrownBy(() -> lab.network("pdu", Network.MGMT, false)).hasMessageContaining("no cable");
    }

    @Tag("chaos")
    @Test
    void aCableThatLosesOneDirectionLosesThatOneAloneAlsoOverAPowerCycle() throws Exception {
        lab.up(LabPlan.bare(1), line -> {});
        introduce("lab-ctl", "lab-h1", lab.hosts().getFirst().mgmtAddress());
        introduce("lab-h1", "lab-ctl", Network.MGMT.controllerAddress());
        assertThat(heardByHost()).isEqualTo(3);
        assertThat(heardOfHost()).isEqualTo(3);

        lab.cable(H1, Network.MGMT, Cable.DEAF);
        assertThat(heardByHost()).isZero();
        assertThat(heardOfHost()).isEqualTo(3);
        lab.power(H1, PowerAction.RESET);
        assertThat(lab.status().host(H1).orElseThrow().mgmt()).isEqualTo(Cable.DEAF);
        assertThat(heardByHost()).isZero();

        lab.cable(H1, Network.MGMT, Cable.MUTE);
        assertThat(heardByHost()).isEqualTo(3);
        assertThat(heardOfHost()).isZero();

        lab.cable(H1, Network.MGMT, Cable.UP);
        assertThat(lab.status().host(H1).orElseThrow().mgmt()).isEqualTo(Cable.UP);
        assertThat(heardByHost()).isEqualTo(3);
        assertThat(heardOfHost()).isEqualTo(3);
        lab.cable(H1, Network.OOB, Cable.MUTE);
        assertThat(ipmi(H1, "status")).contains("Unable to establish");
        assertThat(lab.status().host(H1).orElseThrow().oob()).isEqualTo(Cable.MUTE);
    }

    /** Of three datagrams to the host, how many reach it. */
    private long heardByHost() throws Exception {
        return heard("lab-ctl", "lab-h1", lab.hosts().getFirst().mgmtAddress());
    }

    /** Of three datagrams that the host sends to the controller, how many reach that. */
    private long heardOfHost() throws Exception {
        return heard("lab-h1", "lab-ctl", Network.MGMT.controllerAddress());
    }

    /** So that one of them need not ask for the other's address, which takes both directions. */
    private static void introduce(String namespace, String other, String address) {
        String link = Commands.run(List.of("ip", "-n", other, "-o", "link", "show", "dev", "mgmt0"));
        String hardware = link.replaceAll("(?s).*link/ether ([0-9a-f:]+) .*", "$1");
        Commands.run(
                List.of("ip", "-n", namespace, "neighbour", "replace", address, "lladdr", hardware, "dev", "mgmt0"));
    }

    private static long heard(String from, String to, String address) throws Exception {
        long before = datagrams(to);
        Commands.run(List.of(
                "nsenter",
                "--net=/run/netns/" + from,
                "bash",
                "-c",
                "for each in 1 2 3; do echo > /dev/udp/" + address + "/9; done"));
        // A bridge hands on within the sender's own system call.
        return datagrams(to) - before;
    }

    /** Datagrams that have arrived in a namespace, for a port that is open or for one that is not. */
    private static long datagrams(String namespace) {
        String[] counts = Commands.run(List.of("nsenter", "--net=/run/netns/" + namespace, "cat", "/proc/net/snmp"))
                .lines()
                .filter(line -> line.startsWith("Udp: ") && !line.contains("InDatagrams"))
                .findFirst()
                .orElseThrow()
                .split(" ");
        return Long.parseLong(counts[1]) + Long.parseLong(counts[2]);
    }

    @Tag("chaos")
    @Test
    void hostsReachEachOtherOnTheStorageNetworkWhichNoMachineIsOn() throws Exception {
        lab.up(LabPlan.bare(2), line -> {});
        String second = lab.hosts().get(1).storageAddress();
        assertThat(hostReaches(H1, second)).isTrue();

        lab.network(H2, Network.STORAGE, false);
        lab.power(H2, PowerAction.RESET);
        assertThat(hostReaches(H1, second)).as("also after a power cycle").isFalse();
        assertThat(hostReaches(H1, "198.51.100.12")).as("the other cable").isTrue();

        lab.network(H2, Network.STORAGE, true);
        assertThat(hostReaches(H1, second)).isTrue();

        String onTenant = lab.hosts().get(1).tenantAddress();
        assertThat(hostReaches(H1, onTenant)).isTrue();
        lab.network(H2, Network.TENANT, false);
        assertThat(hostReaches(H1, onTenant)).isFalse();
        assertThat(hostReaches(H1, second)).as("the other cable").isTrue();
        assertThatThrownBy(() -> lab.network("ctl", Network.STORAGE, false))
                .hasMessageContaining("no cable in storage");
    }

    private boolean hostReaches(HostId from, String address) throws Exception {
        return lab.inHost(from, List.of("busybox", "ping", "-c", "1", "-W", "1", address))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    @Tag("chaos")
    @Test
    void aCutCableStaysCutOverAPowerCycle() {
        lab.up(LabPlan.bare(1), line -> {});
        lab.network(H1, Network.MGMT, false);
        lab.power(H1, PowerAction.RESET);
        assertThat(lab.status().host(H1).orElseThrow().mgmtUp()).isFalse();
        lab.network(H1, Network.MGMT, true);
        assertThat(lab.status().host(H1).orElseThrow().mgmtUp()).isTrue();
    }

    @Tag("chaos")
    @Test
    void aFrozenHostStandsStillGoesOnAfterThawAndDiesFrozenWhenItLosesPower() throws Exception {
        lab.up(LabPlan.bare(2), line -> {});
        Path disk = startBootSectorGuest(H1, "guest");
        try (LedgerReader reader = LedgerReader.open(disk, lab::locate)) {
            awaitBeats(reader, 3);
            lab.freeze(H1);
            assertThat(lab.status().host(H1).orElseThrow().frozen()).isTrue();
            long frozenAt = reader.current().orElseThrow().sequence();
            await().during(Duration.ofMillis(600))
                    .atMost(Duration.ofSeconds(2))
                    .until(() -> reader.current().orElseThrow().sequence() == frozenAt);
            lab.thaw(H1);
            await().atMost(Duration.ofSeconds(5))
                    .until(() -> reader.current().orElseThrow().sequence() > frozenAt + 2);
            lab.freeze(H1);
            long last = reader.current().orElseThrow().sequence();
            lab.power(H1, PowerAction.PULL_PLUG);
            assertThat(lab.status().host(H1).orElseThrow().power()).isEqualTo(PowerState.OFF);
            assertThat(reader.current().orElseThrow().sequence()).isEqualTo(last);
        }
    }

    @Test
    void aGuestGoesOnElsewhereAfterPowerLossWithItsLedgerIntact() throws Exception {
        lab.up(LabPlan.bare(2), line -> {});
        Path disk = startBootSectorGuest(H1, "guest");
        try (LedgerReader reader = LedgerReader.open(disk, lab::locate)) {
            Beat first = awaitBeats(reader, 3);
            // While h1 holds the disk, nobody else gets it.
            assertThat(virshCreate(H2, "guest").exitCode()).isNotZero();
            lab.power(H1, PowerAction.PULL_PLUG);
            assertThat(virshCreate(H2, "guest").exitCode()).isZero();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> reader.current().orElseThrow().bootId() != first.bootId());
            awaitBeats(reader, reader.current().orElseThrow().sequence() + 3);
            Ledger ledger = reader.read();
            assertThat(ledger.boots()).hasSize(2);
            assertThat(LedgerCheck.violations(ledger)).isEmpty();

            int polls = 200;
            long start = System.nanoTime();
            for (int i = 0; i < polls; i++) {
                assertThat(reader.current()).isPresent();
            }
            assertThat((System.nanoTime() - start) / polls).isLessThan(1_000_000);
        }
    }

    @Test
    void aSecondWriterIsNoticedByTheGuestAndByTheCheck() throws Exception {
        lab.up(LabPlan.bare(2), line -> {});
        Guests.in(CACHE).bootSectorImage(lab.sharedDirectory().resolve("instances/twice.img"));
        List<String> qemu = List.of(
                "qemu-system-x86_64",
                "-accel",
                "tcg,tb-size=32",
                "-m",
                "4",
                "-display",
                "none",
                "-net",
                "none",
                "-no-reboot",
                "-serial",
                "none",
                "-monitor",
                "none",
                "-blockdev",
                "driver=file,locking=off,node-name=d,filename=/srv/shared/instances/twice.img",
                "-device",
                "virtio-blk-pci,drive=d,share-rw=on");
        lab.inHost(H1, qemu)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (LedgerReader reader = LedgerReader.open(lab.sharedDirectory().resolve("instances/twice.img"))) {
            awaitBeats(reader, 2);
            assertThat(LedgerCheck.violations(reader.read())).isEmpty();
            lab.inHost(H2, qemu)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> reader.splitBrain().isPresent());
            assertThat(LedgerCheck.violations(reader.read()))
                    .anyMatch(LedgerCheck.Violation.SplitBrainNoted.class::isInstance);
        }
    }

    @Test
    void theLinuxGuestBeatsInTheSameLedgerAndSaysThatItIsHealthy() throws Exception {
        Guests guests = Guests.in(CACHE);
        // Before the lab is up: a package mirror may have an address that the lab makes unreachable.
        Guests.LinuxBoot boot = guests.linuxBoot();
        lab.up(LabPlan.bare(1), line -> {});
        Path disk = guests.linuxDisk(lab.sharedDirectory().resolve("instances/linux.img"));
        for (Path file : List.of(boot.kernel(), boot.initrd())) {
            Files.copy(file, lab.sharedDirectory().resolve("images").resolve(file.getFileName()));
        }
        List<String> qemu = List.of(
                "qemu-system-x86_64",
                "-accel",
                "tcg,tb-size=32",
                "-cpu",
                "max",
                "-m",
                "128",
                "-display",
                "none",
                "-net",
                "none",
                "-no-reboot",
                "-monitor",
                "none",
                "-kernel",
                "/srv/shared/images/vmlinuz",
                "-initrd",
                "/srv/shared/images/initrd",
                "-append",
                Guests.LinuxBoot.COMMAND_LINE,
                "-drive",
                "file=/srv/shared/instances/linux.img,if=virtio,format=raw,cache=none",
                "-serial",
                "file:/srv/shared/linux-console.log",
                "-device",
                "virtio-serial",
                "-chardev",
                "socket,id=heartbeat,path=/srv/shared/beat,server=on,wait=off",
                "-device",
                "virtserialport,chardev=heartbeat,name=io.holdfast.heartbeat.0");
        try (LedgerReader reader = LedgerReader.open(disk)) {
            for (int round = 1; round <= 2; round++) {
                long boots = round;
                lab.inHost(H1, qemu)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> reader.current().map(Beat::bootCount).orElse(0L) == boots);
                // While nobody listens, the ledger goes on.
                awaitBeats(reader, reader.current().orElseThrow().sequence() + 3);
                // All but the first and the last line, which may be pieces.
                List<String> said = hear(lab.sharedDirectory().resolve("beat"));
                assertThat(said.subList(1, said.size() - 1))
                        .allMatch(line -> line.matches("hello 1 200|watch|beat [0-9]+ healthy|answer " + NONCE));
                lab.power(H1, PowerAction.RESET);
            }
            assertThat(LedgerCheck.violations(reader.read())).isEmpty();
        }
    }

    /** What the guest behind that socket says through its port, until it has introduced itself, has beaten, and has answered. */
    private static List<String> hear(Path socket) throws Exception {
        StringBuilder said = new StringBuilder();
        ByteBuffer buffer = ByteBuffer.allocate(512);
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.configureBlocking(false);
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                channel.read(buffer.clear());
                said.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
                return said.toString().matches("(?s).*\nhello 1 200\nwatch\nbeat [0-9]+ healthy\n.*");
            });
            channel.write(StandardCharsets.US_ASCII.encode("challenge " + NONCE + "\n"));
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                channel.read(buffer.clear());
                said.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
                // Not as the last line, which may be a piece.
                return said.toString().matches("(?s).*\nanswer " + NONCE + "\n.*\n.*");
            });
        }
        return said.toString().lines().toList();
    }

    @Test
    void noPacketForALabAddressLeavesTheMachine() throws Exception {
        lab.up(LabPlan.bare(1), line -> {});
        for (String address : List.of("198.51.100.11", "203.0.113.11")) {
            Process probe = new ProcessBuilder("ip", "-4", "route", "get", address)
                    .redirectErrorStream(true)
                    .start();
            String answer = new String(probe.getInputStream().readAllBytes());
            assertThat(probe.waitFor()).isNotZero();
            assertThat(answer).contains("No route to host");
        }
        assertThat(text(lab.inController(List.of("ip", "route")))).doesNotContain("default");
    }

    @Test
    void theControllerCanBeKilledStartedAndStopped() {
        lab.up(
                LabPlan.withController(
                        List.of(H1), host -> List.of(), List.of("bash", "-c", "sleep 1000 & trap 'exit 0' TERM; wait")),
                line -> {});
        lab.killController();
        await().atMost(Duration.ofSeconds(5))
                .until(() -> !lab.status().controller().running());
        lab.startController();
        await().atMost(Duration.ofSeconds(5))
                .until(() -> lab.status().controller().running());
        lab.stopController();
        assertThat(lab.status().controller().running()).isFalse();
    }

    @Test
    void machinesBesideTheHostsArePausedCutOffAndKilledOneByOne() throws Exception {
        lab.up(
                new LabPlan(
                        List.of(H1),
                        host -> List.of(),
                        List.of(
                                MachinePlan.controller(1, List.of("sleep", "1000")),
                                MachinePlan.controller(2, List.of("sleep", "1000")),
                                MachinePlan.zooKeeper(1, List.of("bash", "-c", "sleep 1000 & sleep 1000 & wait")))),
                line -> {});
        assertThat(lab.status().machines())
                .extracting(LabStatus.MachineStatus::name)
                .containsExactly("ctl", "ctl-2", "zk-1");
        assertThat(lab.status().machines()).allSatisfy(machine -> {
            assertThat(machine.running()).isTrue();
            assertThat(machine.paused()).isFalse();
            assertThat(machine.linkUp()).isTrue();
        });

        lab.pause("ctl-2");
        assertThat(machine("ctl-2").paused()).isTrue();
        assertThat(machine("ctl").paused()).isFalse();
        lab.resume("ctl-2");
        assertThat(machine("ctl-2").paused()).isFalse();

        assertThat(reaches("ctl-2", "198.51.100.51")).isTrue();
        lab.network("zk-1", Network.MGMT, false);
        assertThat(machine("zk-1").linkUp()).isFalse();
        assertThat(reaches("ctl-2", "198.51.100.51")).isFalse();
        assertThat(reaches("ctl-2", "198.51.100.10")).isTrue();
        lab.network("zk-1", Network.MGMT, true);
        assertThat(reaches("ctl-2", "198.51.100.51")).isTrue();
        assertThatThrownBy(() -> lab.network("zk-1", Network.OOB, false)).hasMessageContaining("no cable");

        lab.kill("zk-1");
        assertThat(machine("zk-1").running()).isFalse();
        lab.start("zk-1");
        assertThat(machine("zk-1").running()).isTrue();
        assertThatThrownBy(() -> lab.pause("zk-2")).hasMessageContaining("no machine zk-2");
        assertThatThrownBy(() -> lab.up(LabPlan.bare(1), line -> {})).hasMessageContaining("take it down");
    }

    private LabStatus.MachineStatus machine(String name) {
        return lab.status().machine(name).orElseThrow();
    }

    private boolean reaches(String from, String address) throws Exception {
        return lab.inMachine(from, List.of("busybox", "ping", "-c", "1", "-W", "1", address))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    // ---- small things ----

    /** Everything a lab could leave on the machine. */
    static List<String> traces() throws Exception {
        List<String> traces = new ArrayList<>();
        traces.addAll(lines("ip", "netns"));
        traces.addAll(lines("ip", "route"));
        traces.addAll(lines("ip", "-o", "link").stream()
                .map(line -> line.split(":")[1])
                .toList());
        traces.addAll(Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .map(line -> line.split(" ")[4])
                // What tests of other modules mount meanwhile, in directories of their own.
                .filter(place -> !place.startsWith(System.getProperty("java.io.tmpdir") + "/junit-"))
                .toList());
        for (String place : List.of(
                "/run/holdfast-lab",
                "/srv/shared",
                "/etc/holdfast",
                "/var/lib/holdfast",
                "/sys/fs/cgroup/freezer/holdfast-lab",
                "/sys/fs/cgroup/holdfast-lab")) {
            traces.add(place + " " + Files.exists(Path.of(place)));
        }
        // Any process that is in a network namespace other than ours.
        traces.addAll(ProcessHandle.allProcesses()
                .filter(process -> Belongings.isAlive(process.pid()))
                .map(process -> Path.of("/proc", Long.toString(process.pid()), "cgroup"))
                .filter(path -> {
                    try {
                        return Files.readString(path).contains("holdfast-lab");
                    } catch (IOException ended) {
                        return false;
                    }
                })
                .map(Path::toString)
                .collect(Collectors.toCollection(TreeSet::new)));
        return traces;
    }

    private static List<String> lines(String... command) throws Exception {
        Process process = new ProcessBuilder(command).start();
        List<String> lines = process.inputReader().lines().sorted().toList();
        process.waitFor();
        return lines;
    }

    private static String text(ProcessBuilder builder) throws Exception {
        Process process = builder.redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes()).strip();
        process.waitFor();
        return text;
    }

    private String ipmi(HostId host, String verb) throws Exception {
        return chassis(lab.bmcCredentials(host), plan(host).bmcAddress(), 623, verb);
    }

    private String outlet(HostId host, String verb) throws Exception {
        return chassis(lab.pduCredentials(), lab.pdu().oobAddress(), plan(host).outletPort(), verb);
    }

    private HostPlan plan(HostId host) {
        return lab.status().host(host).orElseThrow().plan();
    }

    private String chassis(BmcCredentials credentials, String address, int port, String verb) throws Exception {
        return text(lab.inController(List.of(
                        "ipmitool",
                        "-I",
                        "lanplus",
                        "-C",
                        "3",
                        "-R",
                        "1",
                        "-N",
                        "1",
                        "-L",
                        "OPERATOR",
                        "-U",
                        BmcCredentials.FENCER,
                        "-P",
                        credentials.fencerPassword(),
                        "-H",
                        address,
                        "-p",
                        Integer.toString(port),
                        "chassis",
                        "power",
                        verb)))
                .lines()
                .filter(line -> !line.contains("HPM.x"))
                .collect(Collectors.joining("\n"));
    }

    private void awaitLibvirt(HostId host) {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> lab.status().host(host).orElseThrow().libvirtReady());
    }

    private static Beat awaitBeats(LedgerReader reader, long sequence) {
        return await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(reader::current, beat -> beat.isPresent() && beat.get().sequence() >= sequence)
                .orElseThrow();
    }

    /** A qcow2 overlay over the image in the shared directory, and a transient domain on it. */
    private Path startBootSectorGuest(HostId host, String name) throws Exception {
        Guests.in(CACHE).bootSectorImage(lab.sharedDirectory().resolve("images/boot.img"));
        assertThat(text(lab.inHost(
                        host,
                        List.of(
                                "qemu-img",
                                "create",
                                "-q",
                                "-f",
                                "qcow2",
                                "-F",
                                "raw",
                                "-b",
                                "/srv/shared/images/boot.img",
                                "/srv/shared/instances/" + name + ".qcow2"))))
                .isEmpty();
        Files.writeString(lab.sharedDirectory().resolve("instances/" + name + ".xml"), """
            <domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
              <name>%1$s</name><memory unit='MiB'>4</memory><vcpu>1</vcpu>
              <os><type arch='x86_64' machine='pc'>hvm</type></os>
              <features><acpi/><tcg><tb-cache unit='MiB'>32</tb-cache></tcg></features>
              <devices>
                <disk type='file' device='disk'>
                  <driver name='qemu' type='qcow2' cache='none'/>
                  <source file='/srv/shared/instances/%1$s.qcow2'/>
                  <backingStore type='file'><format type='raw'/><source file='/srv/shared/images/boot.img'/><backingStore/></backingStore>
                  <target dev='vda' bus='virtio'/>
                </disk>
                <controller type='usb' model='none'/><memballoon model='none'/>
              </devices>
            </domain>
            """.formatted(name));
        Commands.Result result = virshCreate(host, name);
        assertThat(result.exitCode()).as(result.output()).isZero();
        return lab.sharedDirectory().resolve("instances/" + name + ".qcow2");
    }

    private Commands.Result virshCreate(HostId host, String name) {
        return Commands.attempt(
                Duration.ofSeconds(30),
                lab.inHost(host, List.of("virsh", "-q", "create", "/srv/shared/instances/" + name + ".xml"))
                        .command());
    }
}
