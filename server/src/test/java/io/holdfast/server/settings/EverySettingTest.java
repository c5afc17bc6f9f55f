package io.holdfast.server.settings;

import static io.holdfast.server.settings.SettingsRecordChecks.assertFullMapping;

import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.GuestDefaults;
import io.holdfast.compute.ImageSettings;
import io.holdfast.compute.agent.AgentSettings;
import io.holdfast.compute.agent.SupervisorSettings;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.KdumpSettings;
import io.holdfast.fencing.SensorSettings;
import io.holdfast.fencing.selffence.SelfFenceSettings;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.SecretFile;
import io.holdfast.model.TlsFiles;
import io.holdfast.network.NetworkSettings;
import io.holdfast.notifications.AmqpSettings;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.recovery.AdmissionMode;
import io.holdfast.recovery.AdmissionSettings;
import io.holdfast.recovery.GuardSettings;
import io.holdfast.recovery.InstanceSettings;
import io.holdfast.recovery.ProofSettings;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.UnfenceSettings;
import io.holdfast.scheduler.AdvisorySettings;
import io.holdfast.scheduler.PolicySettings;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.secrets.PlainSecrets;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.server.controller.ControllerSettings;
import io.holdfast.store.StoreSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every key of both settings files: that the file reaches it. What holds without a file is in {@link EveryDefaultTest}. */
final class EverySettingTest {

    @TempDir
    Path directory;

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    private TlsFiles identity() {
        return new TlsFiles(
                directory.resolve("k.p12"), directory.resolve("t.p12"), SecretFile.of(directory.resolve("p")));
    }

    @Test
    void aFileReachesEveryKeyOfTheStore() {
        assertFullMapping(
                directory,
                StoreSettings.defaults(),
                """
                url: jdbc:postgresql://db.example:5432/holdfast
                user: holdfast
                password-file: secrets/db
                pool-size: 20
                connect-timeout: 4s
                statement-timeout: 20s
                start-timeout: 3m
                binaries-directory: postgres
                """,
                new StoreSettings(
                        URI.create("jdbc:postgresql://db.example:5432/holdfast"),
                        "holdfast",
                        SecretFile.of(directory.resolve("secrets/db")),
                        20,
                        seconds(4),
                        seconds(20),
                        seconds(180),
                        directory.resolve("postgres")));
    }

    @Test
    void aFileReachesEveryKeyOfFencing() {
        assertFullMapping(
                directory,
                FencingSettings.defaults(),
                """
                devices:
                  h1:
                    type: ipmi
                    address: 192.0.2.101
                    port: 1623
                    user: fencer
                    password-file: bmc/h1
                    bmc-key-file: bmc/kg
                    cipher-suite: 17
                    privilege: administrator
                  h2: {address: 192.0.2.102, user: fencer, password-file: bmc/h2}
                  h3:
                    type: redfish
                    address: 192.0.2.103
                    port: 1443
                    user: fencer
                    password-file: bmc/h3
                    certificate-sha256: %1$s
                    system: node-3
                    login: basic
                  h4: {type: redfish, address: bmc-4, user: fencer, password-file: bmc/h4, ca-file: bmc/ca.pem}
                  h5:
                    type: agent
                    agent: fence_virsh
                    options: {ip: 192.0.2.105, plug: h5}
                    secrets: {password: bmc/h5}
                  stops: {type: self-fence}
                  crash: {type: kdump}
                levels:
                  h1:
                    - {devices: [h1], attempts: 2, delay: 1s, deadline: 5s}
                    - {devices: [h2]}
                agents: {directories: [/opt/fence], user: fence, group: fencers, secrets-in-arguments: allow}
                call-timeout: 4s
                read-back-pause: 60ms
                read-back-pause-max: 600ms
                orders-max: 4
                check-interval: 7m
                slot: {path: slots, offset: 1048576, look-interval: 300ms, deadline: 2s, drift: 0.002, margin: 1500ms, bound-max: 20s, read: agents}
                kdump:
                  listen: 192.0.2.10
                  port: 7411
                  hosts: {h1: [192.0.2.21, "2001:db8::21"]}
                  quiet: 25s
                  limit: 11m
                  patience: 20s
                sensors: {interval: 90s, deadline: 30s}
                """.formatted("0a".repeat(32)),
                new FencingSettings(
                        Map.of(
                                "h1",
                                new FencingSettings.Ipmi(
                                        "192.0.2.101",
                                        1623,
                                        "fencer",
                                        SecretFile.of(directory.resolve("bmc/h1")),
                                        SecretFile.of(directory.resolve("bmc/kg")),
                                        17,
                                        FencingSettings.Privilege.ADMINISTRATOR),
                                "h2",
                                new FencingSettings.Ipmi(
                                        "192.0.2.102",
                                        null,
                                        "fencer",
                                        SecretFile.of(directory.resolve("bmc/h2")),
                                        null,
                                        null,
                                        null),
                                "h3",
                                new FencingSettings.Redfish(
                                        "192.0.2.103",
                                        1443,
                                        "fencer",
                                        SecretFile.of(directory.resolve("bmc/h3")),
                                        "0a".repeat(32),
                                        null,
                                        "node-3",
                                        FencingSettings.Login.BASIC),
                                "h4",
                                new FencingSettings.Redfish(
                                        "bmc-4",
                                        null,
                                        "fencer",
                                        SecretFile.of(directory.resolve("bmc/h4")),
                                        null,
                                        directory.resolve("bmc/ca.pem"),
                                        null,
                                        null),
                                "h5",
                                new FencingSettings.Agent(
                                        "fence_virsh",
                                        Map.of("ip", "192.0.2.105", "plug", "h5"),
                                        Map.of("password", SecretFile.of(directory.resolve("bmc/h5")))),
                                "stops",
                                new FencingSettings.SelfFence(),
                                "crash",
                                new FencingSettings.Kdump()),
                        Map.of(
                                "h1",
                                List.of(
                                        new FencingSettings.Level(List.of("h1"), 2, seconds(1), seconds(5)),
                                        new FencingSettings.Level(List.of("h2"), null, null, null))),
                        new FencingSettings.Agents(
                                List.of(Path.of("/opt/fence")),
                                "fence",
                                "fencers",
                                FencingSettings.Agents.SecretsInArguments.ALLOW),
                        seconds(4),
                        millis(60),
                        millis(600),
                        4,
                        Duration.ofMinutes(7),
                        new FencingSettings.Slot(
                                directory.resolve("slots"),
                                1L << 20,
                                millis(300),
                                seconds(2),
                                0.002,
                                millis(1500),
                                seconds(20),
                                FencingSettings.Slot.Read.AGENTS),
                        new KdumpSettings(
                                "192.0.2.10",
                                7411,
                                Map.of("h1", List.of("192.0.2.21", "2001:db8::21")),
                                seconds(25),
                                seconds(660),
                                seconds(20)),
                        new SensorSettings(seconds(90), seconds(30))));
    }

    @Test
    void aFileReachesEveryKeyOfTheScheduler() {
        assertFullMapping(
                directory,
                SchedulerSettings.defaults(),
                """
                vcpu-overcommit: 8.0
                memory-overcommit: 1.2
                disk-overcommit: 2.0
                free-memory-multiplier: 0.7
                spread-multiplier: -0.5
                group-multiplier: 20.0
                free-cpu-multiplier: 0.3
                free-disk-multiplier: -0.2
                domain-balance-multiplier: 1.5
                provider-weight-multiplier: -2.0
                start-cost-multiplier: 0.25
                build-failure-multiplier: 3.0
                measured-cpu-multiplier: 0.4
                max-instances-per-host: 40
                advisories:
                  multiplier: 7.5
                  lower: [hot, noisy]
                  stop: [leaking]
                  drain: [failing-soon, recalled]
                policies:
                  packing:
                    free-memory-multiplier: -1.5
                    provider-weight-multiplier: 0.0
                    start-cost-multiplier: 0.75
                    build-failure-multiplier: 2.5
                    measured-cpu-multiplier: -0.6
                  even:
                    spread-multiplier: 4.0
                    group-multiplier: 1.0
                    free-cpu-multiplier: 2.0
                    free-disk-multiplier: 3.0
                    domain-balance-multiplier: 5.0
                zones:
                  edge: packing
                """,
                new SchedulerSettings(
                        8.0,
                        1.2,
                        2.0,
                        0.7,
                        -0.5,
                        20.0,
                        0.3,
                        -0.2,
                        1.5,
                        -2.0,
                        0.25,
                        3.0,
                        0.4,
                        40,
                        new AdvisorySettings(
                                7.5, List.of("hot", "noisy"), List.of("leaking"), List.of("failing-soon", "recalled")),
                        Map.of(
                                "packing", new PolicySettings(-1.5, null, null, null, null, null, 0.0, 0.75, 2.5, -0.6),
                                "even", new PolicySettings(null, 4.0, 1.0, 2.0, 3.0, 5.0, null, null, null, null)),
                        Map.of("edge", "packing")));
    }

    @Test
    void aFileReachesEveryKeyOfCompute() {
        assertFullMapping(
                directory,
                ComputeSettings.defaults(),
                """
                shared-storage: /srv/other
                default-policy: notify
                apply-deadline: 21s
                adopt-deadline: 31s
                delivery-interval: 2500ms
                withdrawn-for: 3m
                config-drive: always
                on-guest: {panic: notify, lost: notify, stop: automatic, silent: automatic, unhealthy: automatic}
                """,
                new ComputeSettings(
                        Path.of("/srv/other"),
                        RecoveryPolicy.NOTIFY,
                        seconds(21),
                        seconds(31),
                        millis(2500),
                        seconds(180),
                        ComputeSettings.ConfigDrive.ALWAYS,
                        new GuestDefaults(
                                GuestDefaults.Answer.NOTIFY,
                                GuestDefaults.Answer.NOTIFY,
                                GuestDefaults.Answer.AUTOMATIC,
                                GuestDefaults.Answer.AUTOMATIC,
                                GuestDefaults.Answer.AUTOMATIC)));
    }

    @Test
    void aFileReachesEveryKeyOfRecovery() {
        assertFullMapping(
                directory,
                RecoverySettings.defaults(),
                """
                fence-attempts: 4
                fence-deadline: 16s
                fence-backoff: 1100ms
                operator-retry: 31s
                max-fences-in-flight: 5
                condemn-share: 0.6
                hold-recheck: 6s
                hold-escalation: 2m
                start-attempts: 5
                start-timeout: 70s
                retry-backoff: 600ms
                replan-interval: 7s
                instance-deadline: 6m
                max-starts-per-destination: 6
                max-starts-total: 33
                call-deadline: 17s
                call-backoff: 120ms
                scan-interval: 900ms
                guards:
                  domain-share: 0.6
                  domain-window: 31s
                  fences-per-window: 9
                  fence-window: 11m
                  storm-holds: 4
                  storm-window: 61s
                  cool-down: 12m
                  flap-limit: 5
                  flap-window: 2h
                  healthy-period: 7h
                proofs:
                  word-holds: 32s
                  lease-outlives: 18s
                unfence:
                  policy: power-on
                  after: 7m
                  attempts: 6
                  backoff: 21s
                  rejoin-deadline: 11m
                  after-word: true
                  clear-force-down: true
                  segments: {west: {policy: power-on, after: 5m, after-word: true, clear-force-down: true}}
                instances:
                  default-priority: 200
                  dependency-limit: 3m
                  restart-limit: 1
                  failback-after: 6m
                  failbacks-at-once: 3
                  say-limit: 90s
                """,
                new RecoverySettings(
                        4,
                        seconds(16),
                        millis(1100),
                        seconds(31),
                        5,
                        0.6,
                        seconds(6),
                        seconds(120),
                        5,
                        seconds(70),
                        millis(600),
                        seconds(7),
                        seconds(360),
                        6,
                        33,
                        seconds(17),
                        millis(120),
                        millis(900),
                        new GuardSettings(
                                0.6,
                                seconds(31),
                                9,
                                seconds(660),
                                4,
                                seconds(61),
                                seconds(720),
                                5,
                                Duration.ofHours(2),
                                Duration.ofHours(7)),
                        new ProofSettings(seconds(32), seconds(18)),
                        new UnfenceSettings(
                                UnfenceSettings.Policy.POWER_ON,
                                seconds(420),
                                6,
                                seconds(21),
                                seconds(660),
                                true,
                                true,
                                Map.of(
                                        "west",
                                        new UnfenceSettings.OfSegment(
                                                UnfenceSettings.Policy.POWER_ON, seconds(300), true, true))),
                        new InstanceSettings(200, seconds(180), 1, seconds(360), 3, seconds(90))));
    }

    @Test
    void aFileReachesEveryKeyOfTheNetwork() {
        assertFullMapping(
                directory,
                NetworkSettings.defaults(),
                """
                bridges: {default: br-ext, storage: br1}
                networks-max: 11
                subnets-max: 12
                ports-max: 13
                security-groups-max: 14
                security-group-rules-max: 15
                """,
                new NetworkSettings(Map.of("default", "br-ext", "storage", "br1"), 11, 12, 13, 14, 15));
    }

    @Test
    void aFileReachesEveryKeyOfNotifications() {
        assertFullMapping(
                directory,
                NotificationSettings.defaults(),
                """
                timeout: 6s
                retry-first: 2s
                retry-cap: 11m
                attempts-max: 50
                age-max: 12h
                round: 900ms
                in-flight-per-webhook: 5
                in-flight: 65
                told-queue: 5000
                webhooks-per-project: 30
                allowed-networks: [127.0.0.0/8]
                denied-networks: [169.254.0.0/16]
                amqp:
                  url: amqps://holdfast@192.0.2.30:5671/nova
                  password-file: amqp-password
                  exchange: openstack
                  topic: notices
                  durable: false
                retention: 72h
                """,
                new NotificationSettings(
                        seconds(6),
                        seconds(2),
                        seconds(660),
                        50,
                        Duration.ofHours(12),
                        millis(900),
                        5,
                        65,
                        5000,
                        30,
                        List.of("127.0.0.0/8"),
                        List.of("169.254.0.0/16"),
                        new AmqpSettings(
                                URI.create("amqps://holdfast@192.0.2.30:5671/nova"),
                                SecretFile.of(directory.resolve("amqp-password")),
                                "openstack",
                                "notices",
                                false),
                        Duration.ofHours(72)));
    }

    @Test
    void aFileReachesEveryKeyOfImages() {
        assertFullMapping(
                directory,
                ImageSettings.defaults(),
                """
                bytes-max: 2000000
                images-per-project: 7
                bytes-per-project: 3000000
                keep-free-bytes: 0
                transfers-max: 2
                idle: 30s
                deadline: 2h
                external:
                  url: http://glance.example:9292/image
                  ca: ca.pem
                  allow-http: true
                  login:
                    url: https://keystone.example:5000/v3
                    user: holdfast
                    user-domain: Services
                    password-file: keystone
                    project: services
                    project-domain: Other
                    ca: other.pem
                  timeout: 3s
                  copy-wait: 1m
                """,
                new ImageSettings(
                        2_000_000,
                        7,
                        3_000_000,
                        0,
                        2,
                        seconds(30),
                        Duration.ofHours(2),
                        new ImageSettings.External(
                                URI.create("http://glance.example:9292/image"),
                                directory.resolve("ca.pem"),
                                true,
                                new ImageSettings.Login(
                                        URI.create("https://keystone.example:5000/v3"),
                                        "holdfast",
                                        "Services",
                                        SecretFile.of(directory.resolve("keystone")),
                                        "services",
                                        "Other",
                                        directory.resolve("other.pem")),
                                seconds(3),
                                Duration.ofMinutes(1))));
    }

    @Test
    void aFileReachesEveryKeyOfTheAgent() {
        assertFullMapping(
                directory,
                AgentSettings.defaults(),
                """
                listen-address: 192.0.2.11
                port: 8776
                advertised-address: h1.example
                shared-storage: /srv/other
                images-directory: golden
                instances-directory: disks
                driver: sim
                libvirt-uri: test:///default
                virtualization: tcg
                disk-cache: none
                boot-id-file: /run/boot-id
                zone: west
                vcpus: 8
                memory-mib: 2048
                disk-gib: 100
                stop-grace: 20s
                starts-limit: 4
                audit-interval: 6s
                driver-timeout: 16s
                keepalive-interval: 2s
                keepalive-count: 4
                restart-limit: 6
                restart-backoff: 600ms
                stable-after: 40s
                restarts-per-window: 7
                restart-window: 30m
                arrivals-grace: 45s
                cpu-dedicated-set: 2-7,^4
                pci-devices: {gpu: '10de:1db4'}
                supervisor: {port: 8777, hung-after: 11s, directory: /run/agent}
                """,
                new AgentSettings(
                        "192.0.2.11",
                        8776,
                        "h1.example",
                        Path.of("/srv/other"),
                        "golden",
                        "disks",
                        AgentSettings.Driver.SIM,
                        "test:///default",
                        AgentSettings.Virtualization.TCG,
                        AgentSettings.DiskCache.NONE,
                        Path.of("/run/boot-id"),
                        "west",
                        8,
                        2048,
                        100,
                        seconds(20),
                        4,
                        seconds(6),
                        seconds(16),
                        seconds(2),
                        4,
                        6,
                        millis(600),
                        seconds(40),
                        7,
                        seconds(1800),
                        seconds(45),
                        "2-7,^4",
                        Map.of("gpu", "10de:1db4"),
                        new SupervisorSettings(8777, seconds(11), Path.of("/run/agent"))));
    }

    @Test
    void aFileReachesEveryKeyOfSelfFencing() {
        assertFullMapping(
                directory,
                SelfFenceSettings.defaults(),
                """
                mode: watchdog
                slot: /dev/mapper/ha
                slot-offset: 2097152
                watchdog: /dev/watchdog1
                watchdog-time: 4s
                licence: 3s
                slot-interval: 600ms
                slot-deadline: 1100ms
                pet-interval: 700ms
                drift: 0.002
                margin: 2s
                trust-device: true
                disarm-on-stop: true
                reset-file: /proc/sysrq-trigger
                """,
                new SelfFenceSettings(
                        SelfFenceSettings.Mode.WATCHDOG,
                        Path.of("/dev/mapper/ha"),
                        2L << 20,
                        Path.of("/dev/watchdog1"),
                        seconds(4),
                        seconds(3),
                        millis(600),
                        millis(1100),
                        millis(700),
                        0.002,
                        seconds(2),
                        true,
                        true,
                        Path.of("/proc/sysrq-trigger")));
    }

    /** The modules' own keys are above; here it is that each module's group arrives at its place. */
    @Test
    void aFileReachesEveryGroupOfTheController() {
        ControllerSettings silent = ControllerSettings.defaults();
        ControllerSettings expected = new ControllerSettings(
                directory.resolve("state"),
                "controller-2",
                "west",
                identity(),
                new SecretSettings(List.of(directory.resolve("master"), Path.of("/etc/older")), PlainSecrets.REFUSE),
                silent.store().withConnectTimeout(seconds(4)),
                silent.membership().withGrace(seconds(11)),
                new FencingSettings(
                        Map.of(),
                        Map.of(),
                        FencingSettings.Agents.defaults(),
                        seconds(2),
                        millis(50),
                        millis(500),
                        3,
                        Duration.ofMinutes(10),
                        FencingSettings.Slot.defaults(),
                        KdumpSettings.none(),
                        SensorSettings.defaults()),
                new SchedulerSettings(8.0, 1.0, 0, 1.0, 0.5, 10.0),
                new AdmissionSettings(
                        AdmissionMode.WARN,
                        2,
                        seconds(7),
                        seconds(45),
                        Map.of("west", new AdmissionSettings.Policy(AdmissionMode.ENFORCE, 1))),
                silent.compute().at(Path.of("/srv/other")),
                new NetworkSettings(Map.of(), 7, 100, 2000, 100, 1000),
                silent.recovery(),
                silent.notifications().allowing(List.of("127.0.0.0/8")),
                silent.api().listening("127.0.0.1", 8775, List.of()),
                identitySettings(),
                new ImageSettings(
                        1L << 30, 100, 1L << 39, 1L << 30, 8, Duration.ofMinutes(1), Duration.ofHours(1), null));
        org.assertj.core.api.Assertions.assertThat(SettingsLoader.load(written("""
            state-directory: state
            name: controller-2
            segment: west
            tls: {key-store: k.p12, trust-store: t.p12, password-file: p}
            secrets: {key-files: [master, /etc/older], plain: refuse}
            store: {connect-timeout: 4s}
            membership: {grace: 11s}
            fencing: {call-timeout: 2s}
            scheduler: {vcpu-overcommit: 8.0}
            admission:
              mode: warn
              tolerate: 2
              look-interval: 7s
              steady-for: 45s
              segments: {west: {mode: enforce}}
            compute: {shared-storage: /srv/other}
            network: {networks-max: 7}
            recovery: {}
            notifications: {allowed-networks: [127.0.0.0/8]}
            api: {port: 8775}
            identity:
              region: north
              public-url: https://api.example:443
              token-time: 2h
              key-time: 7d
              failures-per-minute: 3
              hashes-at-once: 4
              bootstrap: {user: root, password-file: admin}
              keystone:
                url: https://keystone.example:5000/v3
                user: holdfast
                user-domain: Services
                password-file: keystone
                project: services
                project-domain: Other
                ca: ca.pem
                allow-http: true
                cache-time: 10s
                cache-size: 500
                timeout: 3s
            image: {bytes-max: 1073741824}
            """), silent))
                .isEqualTo(expected);
    }

    private IdentitySettings identitySettings() {
        return new IdentitySettings(
                "north",
                URI.create("https://api.example:443"),
                Duration.ofHours(2),
                Duration.ofDays(7),
                3,
                4,
                new IdentitySettings.Bootstrap("root", SecretFile.of(directory.resolve("admin"))),
                new IdentitySettings.Keystone(
                        URI.create("https://keystone.example:5000/v3"),
                        "holdfast",
                        "Services",
                        SecretFile.of(directory.resolve("keystone")),
                        "services",
                        "Other",
                        directory.resolve("ca.pem"),
                        true,
                        seconds(10),
                        500,
                        seconds(3)));
    }

    @Test
    void aKeystoneNeedsNoMoreThanItsAddressAndALogin() {
        org.assertj.core.api.Assertions.assertThat(SettingsLoader.load(written("""
            identity:
              keystone: {url: "https://k:5000/v3", user: holdfast, password-file: p}
            """), ControllerSettings.defaults())
                        .identity()
                        .keystone())
                .isEqualTo(new IdentitySettings.Keystone(
                        URI.create("https://k:5000/v3"),
                        "holdfast",
                        null,
                        SecretFile.of(directory.resolve("p")),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null));
    }

    private Path written(String yaml) {
        try {
            return java.nio.file.Files.writeString(directory.resolve("group.yaml"), yaml);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
