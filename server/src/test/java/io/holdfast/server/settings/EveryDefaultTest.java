package io.holdfast.server.settings;

import static io.holdfast.server.settings.SettingsRecordChecks.assertDefaults;

import io.holdfast.server.agent.AgentProcessSettings;
import io.holdfast.server.controller.ControllerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Every key of both settings files: what holds when the file is silent. */
final class EveryDefaultTest {

    @Test
    void defaultsOfTheController() {
        assertDefaults(ControllerSettings.defaults(), """
                state-directory: /var/lib/holdfast/controller
                name: controller-1
                segment: default
                tls: null
                secrets:
                  key-files: []
                  plain: warn
                store:
                  url: null
                  user: null
                  password-file: null
                  pool-size: 16
                  connect-timeout: 5s
                  statement-timeout: 30s
                  start-timeout: 2m
                  binaries-directory: null
                membership:
                  connect-string: null
                  zookeeper-port: 2181
                  bind-address: "127.0.0.1"
                  session-timeout: 1s
                  group-port: 7800
                  group-hosts: []
                  networks: {}
                  cut:
                    observers: 10
                    high-mark: 9
                    low-mark: 3
                    report-interval: 500ms
                    report-time: 1s500ms
                    agree-time: 500ms
                    score-limit: 3
                  heartbeat-interval: 100ms
                  heartbeat-timeout: 350ms
                  verify-timeout: 100ms
                  lease-time: 3s
                  group-time: 3s
                  probe-time: 2s
                  hang-time: 2s
                  probe-timeout: 300ms
                  power-timeout: 2s
                  ask-time: 200ms
                  inquiry-interval: 150ms
                  agent-silence: 3s
                  grace: 10s
                  settle-time: 3s
                  tick-interval: 50ms
                  pause-limit: 400ms
                  share-window: 10s
                  max-share: 0.5
                  slot-time: 3s
                  verdict-repeat: 5s
                  %HEALTH%
                fencing:
                  devices: {}
                  levels: {}
                  agents:
                    directories:
                      - /usr/sbin
                      - /sbin
                    user: null
                    group: null
                    secrets-in-arguments: refuse
                  call-timeout: 3s
                  read-back-pause: 50ms
                  read-back-pause-max: 500ms
                  orders-max: 3
                  check-interval: 10m
                  slot:
                    path: null
                    offset: 0
                    look-interval: 250ms
                    deadline: 1s
                    drift: 0.001
                    margin: 1s
                    bound-max: 10s
                    read: self
                  kdump:
                    listen: null
                    port: 7410
                    hosts: {}
                    quiet: 30s
                    limit: 10m
                    patience: 0s
                  sensors:
                    interval: 1m
                    deadline: 20s
                scheduler:
                  vcpu-overcommit: 4.0
                  memory-overcommit: 1.0
                  disk-overcommit: 0.0
                  free-memory-multiplier: 1.0
                  spread-multiplier: 0.5
                  group-multiplier: 10.0
                  free-cpu-multiplier: 0.0
                  free-disk-multiplier: 0.0
                  domain-balance-multiplier: 0.0
                  provider-weight-multiplier: 1.0
                  start-cost-multiplier: 0.05
                  build-failure-multiplier: 1.0
                  measured-cpu-multiplier: 0.0
                  max-instances-per-host: 0
                  advisories:
                    multiplier: 5.0
                    lower:
                      - hot
                      - raid-degraded
                      - redundancy-lost
                    stop:
                      - pdu-failing
                      - cooling-failing
                    drain:
                      - failing-soon
                  policies: {}
                  zones: {}
                admission:
                  mode: off
                  tolerate: 1
                  look-interval: 5s
                  steady-for: 30s
                  segments: {}
                compute:
                  shared-storage: /srv/shared
                  default-policy: none
                  apply-deadline: 20s
                  adopt-deadline: 30s
                  delivery-interval: 2s
                  withdrawn-for: 2m
                  config-drive: needed
                  on-guest:
                    panic: automatic
                    lost: automatic
                    stop: notify
                    silent: notify
                    unhealthy: notify
                network:
                  bridges: {}
                  networks-max: 100
                  subnets-max: 100
                  ports-max: 2000
                  security-groups-max: 100
                  security-group-rules-max: 1000
                recovery:
                  fence-attempts: 3
                  fence-deadline: 15s
                  fence-backoff: 1s
                  operator-retry: 30s
                  max-fences-in-flight: 4
                  condemn-share: 0.5
                  hold-recheck: 5s
                  hold-escalation: 1m
                  start-attempts: 3
                  start-timeout: 1m
                  retry-backoff: 500ms
                  replan-interval: 1m
                  instance-deadline: 5m
                  max-starts-per-destination: 4
                  max-starts-total: 32
                  call-deadline: 15s
                  call-backoff: 100ms
                  scan-interval: 1s
                  guards:
                    domain-share: 0.75
                    domain-window: 30s
                    fences-per-window: 8
                    fence-window: 10m
                    storm-holds: 3
                    storm-window: 1m
                    cool-down: 10m
                    flap-limit: 3
                    flap-window: 1h
                    healthy-period: 6h
                  proofs:
                    word-holds: 30s
                    lease-outlives: 15s
                  unfence:
                    policy: leave-off
                    after: 0s
                    attempts: 3
                    backoff: 15s
                    rejoin-deadline: 10m
                    after-word: false
                    clear-force-down: false
                    segments: {}
                  instances:
                    default-priority: 100
                    dependency-limit: 2m
                    restart-limit: 0
                    failback-after: 5m
                    failbacks-at-once: 2
                    say-limit: 10m
                notifications:
                  timeout: 5s
                  retry-first: 1s
                  retry-cap: 10m
                  attempts-max: 100
                  age-max: 1d
                  round: 1s
                  in-flight-per-webhook: 16
                  in-flight: 256
                  told-queue: 10000
                  webhooks-per-project: 20
                  allowed-networks: []
                  denied-networks:
                    - "0.0.0.0/8"
                    - "127.0.0.0/8"
                    - "169.254.0.0/16"
                    - "224.0.0.0/3"
                    - "::/128"
                    - "::1/128"
                    - "fe80::/10"
                    - "ff00::/8"
                  amqp: null
                  retention: 7d
                api:
                  address: "127.0.0.1"
                  port: 8774
                  tls: null
                  allow-plaintext: false
                  tokens: []
                  request-deadline: 30s
                  requests-max: 256
                  body-bytes-max: 1048576
                  streams-max: 200
                  connections-max: 1000
                  failures-per-minute: 30
                  monitors:
                    known: []
                    repeats-within: 3m
                    alert-labels:
                      - host
                      - nodename
                      - instance
                    alert-hosts: {}
                  audit:
                    keep: 365d
                    lines-max: 500000
                    refusals-max: 50000
                identity:
                  region: RegionOne
                  public-url: null
                  token-time: 1h
                  key-time: 30d
                  failures-per-minute: 10
                  hashes-at-once: 2
                  bootstrap:
                    user: admin
                    password-file: null
                  keystone: null
                image:
                  bytes-max: 68719476736
                  images-per-project: 100
                  bytes-per-project: 549755813888
                  keep-free-bytes: 1073741824
                  transfers-max: 8
                  idle: 1m
                  deadline: 1h
                  external: null
                """.replace("%HEALTH%", healthTable()));
    }

    @Test
    void defaultsOfTheAgent() {
        assertDefaults(AgentProcessSettings.defaults(), """
                state-directory: /var/lib/holdfast/agent
                host: null
                segment: default
                failure-domains: {}
                tls: null
                secrets:
                  key-files: []
                  plain: warn
                membership:
                  connect-string: null
                  zookeeper-port: 2181
                  bind-address: "127.0.0.1"
                  session-timeout: 1s
                  group-port: 7800
                  group-hosts: []
                  networks: {}
                  cut:
                    observers: 10
                    high-mark: 9
                    low-mark: 3
                    report-interval: 500ms
                    report-time: 1s500ms
                    agree-time: 500ms
                    score-limit: 3
                  heartbeat-interval: 100ms
                  heartbeat-timeout: 350ms
                  verify-timeout: 100ms
                  lease-time: 3s
                  group-time: 3s
                  probe-time: 2s
                  hang-time: 2s
                  probe-timeout: 300ms
                  power-timeout: 2s
                  ask-time: 200ms
                  inquiry-interval: 150ms
                  agent-silence: 3s
                  grace: 10s
                  settle-time: 3s
                  tick-interval: 50ms
                  pause-limit: 400ms
                  share-window: 10s
                  max-share: 0.5
                  slot-time: 3s
                  verdict-repeat: 5s
                  %HEALTH%
                agent:
                  listen-address: "0.0.0.0"
                  port: 8775
                  advertised-address: null
                  shared-storage: /srv/shared
                  images-directory: images
                  instances-directory: instances
                  driver: libvirt
                  libvirt-uri: qemu:///system
                  virtualization: auto
                  disk-cache: auto
                  boot-id-file: /proc/sys/kernel/random/boot_id
                  zone: nova
                  vcpus: 0
                  memory-mib: 0
                  disk-gib: 0
                  stop-grace: 30s
                  starts-limit: 8
                  audit-interval: 5s
                  driver-timeout: 15s
                  keepalive-interval: 1s
                  keepalive-count: 3
                  restart-limit: 5
                  restart-backoff: 500ms
                  stable-after: 30s
                  restarts-per-window: 10
                  restart-window: 1h
                  arrivals-grace: 0s
                  cpu-dedicated-set: ""
                  pci-devices: {}
                  supervisor:
                    port: 8776
                    hung-after: 10s
                    directory: /run/holdfast/agent
                self-fence:
                  mode: off
                  slot: null
                  slot-offset: 0
                  watchdog: /dev/watchdog
                  watchdog-time: 3s
                  licence: 2s
                  slot-interval: 500ms
                  slot-deadline: 1s
                  pet-interval: 500ms
                  drift: 0.001
                  margin: 1s
                  trust-device: false
                  disarm-on-stop: false
                  reset-file: null
                health:
                  interval: 1s
                  disk-paths:
                    - /
                  interfaces: []
                  restart-libvirt: []
                  restart-deadline: 30s
                  restart-limit: 3
                  restart-window: 10m
                  limits:
                    libvirt-poor: 500ms
                    libvirt-bad: 2s
                    storage-poor: 500ms
                    storage-bad: 2s
                    disk-poor-percent: 10
                    disk-bad-percent: 3
                    memory-poor-percent: 10
                    memory-bad-percent: 4
                    stall-poor-percent: 10
                    stall-bad-percent: 40
                    clock-poor: 500ms
                    clock-bad: 5s
                    worse-after: 2
                    better-after: 3
                """.replace("%HEALTH%", healthTable()));
    }

    /** The default health table as `holdfast settings show` prints it, within its group. */
    private static String healthTable() {
        try {
            return Files.readString(Path.of("src/test/resources/settings/default-health-table.yaml"))
                    .strip()
                    .replace("\n", "\n  ");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
