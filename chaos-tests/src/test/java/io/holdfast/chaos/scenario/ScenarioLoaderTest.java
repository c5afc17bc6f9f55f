package io.holdfast.chaos.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.RecoveryPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ScenarioLoaderTest {

    private static final String START = """
            controllers: [c1, c2]
            hosts:
              h1: {rack: r1, pdu: p1}
              h2: {rack: r1}
              h3: {rack: r2, memory-mib: 4096}
            instances:
              a: {on: h1}
              b: {on: h2, policy: notify}
            """;
    private static final String EVENTS = """
            # a host dies
            10s  power-lost h1
            2m   end
            """;
    private static final String END = """
            fenced: [h1]
            cases: {h1: RECOVERED}
            order:
              - [h1 fenced, a starts]
            instances:
              a: {state: running, on: [h2, h3], never: []}
              b: {state: running, on: [h2]}
            """;

    @TempDir
    Path directory;

    // ---- what is right

    @Test
    void readsAFolder() throws IOException {
        write("one", START, EVENTS, END);
        Scenario scenario = ScenarioLoader.load(directory).getFirst();
        assertThat(scenario.name()).isEqualTo("one");
        assertThat(scenario.why()).isEqualTo("why\n");
        assertThat(scenario.story()).isNull();
        assertThat(scenario.start().hosts().get("h3").memoryMib()).isEqualTo(4096);
        assertThat(scenario.start().instances().get("b").policy()).isEqualTo(RecoveryPolicy.NOTIFY);
        assertThat(scenario.start().networks()).containsKeys("management", "storage", "oob");
        assertThat(scenario.events())
                .containsExactly(
                        new TimedEvent(
                                2,
                                "power-lost h1",
                                new TimedEvent.At(Duration.ofSeconds(10)),
                                new ScenarioEvent.PowerLost(List.of(HostId.of("h1")))),
                        new TimedEvent(3, "end", new TimedEvent.At(Duration.ofMinutes(2)), new ScenarioEvent.End()));
        assertThat(scenario.end().instances().get("a").on()).containsExactly("h2", "h3");
    }

    @Test
    void readsATreeInTheOrderOfItsNames() throws IOException {
        write("b/two", START, EVENTS, END);
        write("a/one", START, EVENTS, END);
        Files.writeString(directory.resolve("b/README.md"), "a theme\n");
        assertThat(ScenarioLoader.load(directory)).extracting(Scenario::name).containsExactly("a/one", "b/two");
        assertThat(ScenarioLoader.load(directory.resolve("b/two")))
                .extracting(Scenario::name)
                .containsExactly("two");
    }

    @Test
    void readsTheStoryThatWasRecorded() throws IOException {
        Path folder = write("one", START, EVENTS, END);
        Files.writeString(folder.resolve("expected-story.txt"), "10.000 h1 loses power\n");
        assertThat(ScenarioLoader.load(folder).getFirst().story()).containsExactly("10.000 h1 loses power");
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '`', textBlock = """
            when h1 is FENCING            => CaseIs[host=h1, phase=FENCING]
            when h1 is NEEDS_OPERATOR     => CaseIs[host=h1, phase=NEEDS_OPERATOR]
            when a is NEEDS_OPERATOR      => MoveIs[instance=a, state=NEEDS_OPERATOR]
            when a is STARTING            => MoveIs[instance=a, state=STARTING]
            when a runs                   => Runs[instance=a, host=null]
            when a runs on h2             => Runs[instance=a, host=h2]
            when h1 has power             => Powered[host=h1, on=true]
            when h1 has no power          => Powered[host=h1, on=false]
            """)
    void aMomentCanBeSomethingThatComesTrue(String moment, String condition) throws IOException {
        TimedEvent event = first(moment + " +500ms hand-over\n");
        assertThat(event.moment()).isInstanceOfSatisfying(TimedEvent.Once.class, once -> {
            assertThat(once.condition()).hasToString(condition);
            assertThat(once.then()).isEqualTo(Duration.ofMillis(500));
        });
        assertThat(event.text()).isEqualTo("hand-over");
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '`', textBlock = """
            power-lost rack:r1                 => PowerLost[hosts=[h1, h2]]
            power-lost pdu:p1                  => PowerLost[hosts=[h1]]
            power-back all                     => PowerBack[hosts=[h1, h2, h3]]
            hang h1,h3                         => Hung[hosts=[h1, h3], hung=true]
            unhang h1                          => Hung[hosts=[h1], hung=false]
            shutdown h1                        => ShutDown[host=h1]
            cut h1 storage                     => Cut[nodes=[h1], traffic=[STORAGE], direction=BOTH, with=[]]
            cut h1,leader oob out              => Cut[nodes=[h1, leader], traffic=[POWER], direction=OUT, with=[]]
            cut c2 management in               => Cut[nodes=[c2], traffic=[CONTROL], direction=IN, with=[]]
            cut h1 management with zookeeper,h2 => Cut[nodes=[h1], traffic=[CONTROL], direction=BOTH, with=[zookeeper, h2]]
            cut h1 management in with c1 => Cut[nodes=[h1], traffic=[CONTROL], direction=IN, with=[c1]]
            heal h1 storage                    => Healed[nodes=[h1], traffic=[STORAGE]]
            heal all                           => HealedAll[]
            heal all storage                   => Healed[nodes=[h1, h2, h3], traffic=[STORAGE]]
            partition storage h1,c1 | h2 | h3 => Partitioned[traffic=[STORAGE], sides=[[h1, c1], [h2], [h3]]]
            flap h1 storage every 20s for 2m   => Flapping[nodes=[h1], traffic=[STORAGE], period=PT20S, total=PT2M]
            loss h1 oob 80%                    => Lossy[nodes=[h1], traffic=[POWER], percent=80]
            storage-stalled h1                 => StorageStalled[hosts=[h1], stalled=true]
            storage-back all                   => StorageStalled[hosts=[h1, h2, h3], stalled=false]
            bmc h1 silent                      => BmcBehaves[hosts=[h1], behaviour=Silent[]]
            bmc h1 late                        => BmcBehaves[hosts=[h1], behaviour=Late[]]
            agent-killed h1                    => Agent[host=h1, state=KILLED]
            agent-thawed h1                    => Agent[host=h1, state=THAWED]
            libvirtd-killed h1                 => Libvirtd[host=h1, up=false]
            guest-crashed a                    => GuestCrashed[instance=a]
            heartbeat a lost                   => Heartbeat[instance=a, lost=true]
            heartbeat b back                   => Heartbeat[instance=b, lost=false]
            guests-killed h1                   => GuestsKilled[host=h1]
            starts-fail h2 3                   => StartsFail[host=h2, times=3]
            migrations-fail b 2                => MigrationsFail[instance=b, times=2]
            migrate a h2                       => Migrate[instance=a, to=h2]
            evacuate b stopped                 => Evacuate[instance=b, to=null, stopped=true]
            stops-fail h2 always               => StopsFail[host=h2, times=2147483647]
            controller-killed leader           => ControllerKilled[controller=leader]
            controller-paused c2 20s           => ControllerPaused[controller=c2, pause=PT20S]
            zookeeper lost                     => ZooKeeper[up=false]
            database back                      => Database[up=true]
            evacuate b                         => Evacuate[instance=b, to=null, stopped=false]
            evacuate b h3                      => Evacuate[instance=b, to=h3, stopped=false]
            force-down h1 fenced               => ForceDown[host=h1, fenced=true]
            disable h1                         => Enabled[host=h1, enabled=false]
            bmc h1 reads-on                    => BmcBehaves[hosts=[h1], behaviour=ReadsOn[]]
            maintenance h1 on                  => HostMaintenance[host=h1, on=true]
            advise h1 failing-soon             => Advised[host=h1, kind=failing-soon]
            advise h1 nothing                  => Advised[host=h1, kind=null]
            maintenance segment off            => SegmentMaintenance[on=false]
            disarm freeze                      => Armed[how=FREEZE]
            disarm ignore                      => Armed[how=IGNORE]
            rearm                              => Armed[how=ARMED]
            confirm-dead h1                    => ConfirmDead[host=h1, overrides=[]]
            confirm-dead h1 override power override lease => ConfirmDead[host=h1, overrides=[lease, power]]
            retry h1                           => Retry[host=h1]
            retry a                            => RetryInstance[instance=a]
            abandon h1                         => Abandon[host=h1]
            abandon a                          => AbandonInstance[instance=a]
            release h1                         => Release[host=h1]
            """)
    void anEventSaysWhatHappensToWhom(String line, String event) throws IOException {
        assertThat(first("1s " + line + "\n").event()).hasToString(event);
    }

    @Test
    void anInstanceSaysHowItIsRecoveredInTheProductsWords() throws IOException {
        String start = START + """
                  c: {on: h1, priority: 900, depends-on: [a, b], ready: 'after:20', on-host-failure: stopped, restart-limit: 2, relocate-limit: 5}
                groups:
                  g: {rule: apart, members: [a, b]}
                  k: {rule: together, strength: soft, members: [c, d]}
                """.replace("groups:", "  d: {on: h3}\ngroups:");
        write("one", start, EVENTS, END + "  c: {state: stopped}\n  d: {state: running, on: [h3]}\n");
        Start read = ScenarioLoader.load(directory).getFirst().start();
        assertThat(read.instances().get("c").metadata())
                .containsEntry("holdfast:priority", "900")
                .containsEntry("holdfast:depends-on", "a,b")
                .containsEntry("holdfast:ready", "after:20")
                .containsEntry("holdfast:on-host-failure", "stopped")
                .containsEntry("holdfast:restart-limit", "2")
                .containsEntry("holdfast:relocate-limit", "5");
        assertThat(read.instances().get("a").metadata()).isEmpty();
        assertThat(read.groups().get("g").policy()).isEqualTo(GroupPolicy.ANTI_AFFINITY);
        assertThat(read.groups().get("k").policy()).isEqualTo(GroupPolicy.SOFT_AFFINITY);
        assertThat(read.hosts().get("h1").domains()).hasToString("pdu=p1,rack=r1");
    }

    @Test
    void aLevelIsOneDeviceOrAListOfThem() throws IOException {
        String start = "hosts:\n  h1: {pdu: p1, fencing: [bmc, [pdu, pdu-b], [chassis]]}\n";
        write("one", start, "1s outlet h1 lying b\n2s chassis h1 late\n3s end\n", "fenced: []\n");
        Scenario read = ScenarioLoader.load(directory).getFirst();
        assertThat(read.start().hosts().get("h1").fencing())
                .extracting(Start.Rung::devices)
                .containsExactly(
                        List.of(Start.Level.BMC),
                        List.of(Start.Level.PDU, Start.Level.PDU_B),
                        List.of(Start.Level.CHASSIS));
        assertThat(read.events().getFirst().event())
                .hasToString("DeviceBehaves[hosts=[h1], devices=[PDU_B], behaviour=Lying[]]");
    }

    @Test
    void aHostMayFenceItselfAtItsLastLevel() throws IOException {
        String start = "hosts:\n  h1: {fencing: [bmc, self-fence], watchdog: false}\n  h2: {fencing: [self-fence]}\n";
        write("one", start, "1s watchdog h1 armed\n2s watchdog h2 disarmed\n3s end\n", "fenced: []\n");
        Scenario read = ScenarioLoader.load(directory).getFirst();
        assertThat(read.start().hosts().get("h1").fencesItself()).isTrue();
        assertThat(read.start().hosts().get("h1").watchdog()).isFalse();
        assertThat(read.start().hosts().get("h2").watchdog()).isTrue();
        assertThat(read.events())
                .extracting(TimedEvent::event)
                .startsWith(
                        new ScenarioEvent.Watchdog(HostId.of("h1"), true),
                        new ScenarioEvent.Watchdog(HostId.of("h2"), false));
    }

    @Test
    void anEventAboutAWatchdogThatTheHostHasNotGotIsRefused() throws IOException {
        write("one", "hosts:\n  h1: {}\n", "1s watchdog h1 disarmed\n3s end\n", "fenced: []\n");
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("host h1 has no watchdog: its last level of fencing is not self-fence");
    }

    @Test
    void anEventAboutADeviceThatTheHostHasNotGotIsRefused() throws IOException {
        write("one", "hosts:\n  h1: {}\n", "1s outlet h1 silent\n3s end\n", "fenced: []\n");
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("host h1 has no level of fencing with pdu or pdu-b");
    }

    @Test
    void theSegmentAndAHostCanBeginUnderAnOrder() throws IOException {
        String start = "armed: freeze\nhosts:\n  h1: {maintenance: true}\n  h2: {fencing: []}\n";
        write("one", start, "3s end\n", "fenced: []\n");
        Start read = ScenarioLoader.load(directory).getFirst().start();
        assertThat(read.armed()).isEqualTo(Start.Armed.FREEZE);
        assertThat(read.hosts().get("h1").maintenance()).isTrue();
        assertThat(read.hosts().get("h2").fencing()).isEmpty();
    }

    @Test
    void aNetworkCanCarryWhatItLikes() throws IOException {
        String start = START + """
                networks:
                  wire: [control, storage]
                  oob: [power]
                """;
        write("one", start, "1s cut h1 wire\n3s end\n", END);
        List<TimedEvent> events = ScenarioLoader.load(directory).getFirst().events();
        assertThat(events.getFirst().event())
                .isEqualTo(new ScenarioEvent.Cut(
                        List.of("h1"),
                        EnumSet.of(Start.Traffic.CONTROL, Start.Traffic.STORAGE),
                        ScenarioEvent.Direction.BOTH,
                        List.of()));
    }

    // ---- what is wrong

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '`', textBlock = """
            hots: {}                                   => 1 => unknown key 'hots'; did you mean 'hosts'?; known here: seed, networks, controllers
            hosts: {h1: {memory: 5}}                   => 1 => unknown key 'hosts.h1.memory'; known here: vcpus, memory-mib, rack, pdu
            hosts: {h1: {powr: off}}                   => 1 => did you mean 'hosts.h1.power'?; known here: vcpus
            hosts: {h1: {power: of}}                   => 1 => hosts.h1.power: 'of' is not one of on, off
            hosts: {h1: {vcpus: 0}}                    => 1 => vcpus must be 1 or more, is 0
            hosts: {h1: {memory-mib: -1}}              => 1 => memory-mib must be 1 or more, is -1
            hosts: {h1: {fencing: [bcm]}}              => 1 => 'bcm' is not one of bmc, pdu, pdu-b, chassis, self-fence; did you mean 'bmc'?
            hosts: {h1: {fencing: [bmc, pdu]}}         => 1 => an outlet needs a power distribution unit
            hosts: {h1: {fencing: [bmc, bmc]}}         => 1 => a device is named twice
            hosts: {h1: {fencing: [self-fence, bmc]}}  => 1 => 'self-fence' is a level of its own, and the last one
            hosts: {h1: {fencing: [[bmc, self-fence]]}} => 1 => 'self-fence' is a level of its own, and the last one
            hosts: {h1: {fencing: [bmc, chassis, self-fence]}} => 1 => these levels take up to 18s, more than settings.recovery.fence-deadline (15s)
            hosts: {h1: {reserved: true}}              => 1 => nobody would ever be given a reserved host
            {recovery-method: rh-priority, hosts: {h1: {reserved: true}}, instances: {a: {on: h1}}} => 1 => a is on h1 at the start, and nobody is on a reserved host
            recovery-method: reserved                  => 1 => 'reserved' is not one of auto, reserved-host, auto-priority, rh-priority
            hosts: {h1: {watchdog: false}}             => 1 => says something only of a host whose last level is 'self-fence'
            hosts: {h1: {fencing: [bmc, []]}}          => 1 => a level has one device or more
            hosts: {h1: {pdu: p1, fencing: [pdu, pdu-b]}} => 1 => so they belong into one level: [pdu, pdu-b]
            hosts: {h1: {rack: a b}}                   => 1 => not a name for a rack: 'a b'
            hosts: {h1: {pdu: -1}}                     => 1 => not a name for a pdu: '-1'
            hosts: {h1: {bmc: sleepy}}                 => 1 => unknown word 'sleepy'; known here: well, silent
            hosts: {h1: {bmc: late 5s}}                => 1 => '5s' is too much; write 'bmc HOSTS
            hosts: {-h: {}}                            => 1 => '-h' is not a name
            hosts: {all: {}}                           => 1 => 'all' has a meaning of its own
            hosts: {c1: {}}                            => 1 => 'c1' is the name of two things: host and controller
            seed: -1                                   => 1 => seed must not be negative, is -1
            controllers: []                            => 1 => controllers must name 1 to 5 controllers
            instances: {}                              => 1 => hosts is missing
            networks: {wire: [control]}                  => 1 => no network carries 'storage'
            networks: {x: [control, storage, power], y: [power]} => 1 => 'power' is carried by x and y
            networks: {x: [heat]}                      => 1 => 'heat' is not one of control, storage, power
            armed: frozen                              => 1 => 'frozen' is not one of armed, freeze, ignore
            settings: {recovery: {fence-atempts: 3}}   => 1 => did you mean 'settings.recovery.fence-attempts'?; known here: fence-attempts
            settings: {recovery: {fence-attempts: 0}}  => 1 => fence-attempts must be between 1 and 20, is 0
            hosts: [h1]                                => 1 => hosts must be keys with
            hosts: {h1: {vcpus: x}}                    => 1 => hosts.h1.vcpus: 'x' is not a whole number
            """)
    void aWrongStartIsRefusedWithItsLineAndTheKnownWords(String start, int line, String message) throws IOException {
        write("one", start + "\n", "1s end\n", "fenced: []\n");
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .isInstanceOf(ScenarioException.class)
                .hasMessageContaining("start.yaml:" + line + ": ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '`', textBlock = """
            c: {}                                  => c.on is missing
            c: {on: h9}                            => unknown host 'h9'; did you mean 'h1'?; known here: h1, h2, h3
            c: {on: h1, depends-on: [z]}           => unknown instance 'z'
            c: {on: h1, depends-on: [c]}           => c depends on itself
            c: {on: h1, different-host: [z]}       => unknown instance 'z'
            c: {on: h3, different-host: [c]}       => c depends on itself or names itself in a hint
            c: {on: h1, different-host: [a]}       => the start breaks it: a on [h1]
            c: {on: h3, same-host: [a]}            => the start breaks it: a on [h1]
            c: {on: h1, needs: {disk: flash}}      => its home h1 is in no aggregate that has it
            c: {on: h1, restart-limit: 11}         => restart-limit must be between 0 and 10, is 11
            c: {on: h1, relocate-limit: 0}         => relocate-limit must be between 1 and 20, is 0
            c: {on: h1, ready: soon}               => ready must be running, heartbeat or after:SECONDS (0 to 3600), is 'soon'
            c: {on: h1, ready: 'after:3601'}       => ready must be running, heartbeat or after:SECONDS (0 to 3600), is 'after:3601'
            c: {on: h1, on-host-failure: stoped}   => did you mean 'stopped'?
            c: {on: h1, depend-on: [a]}            => unknown key 'instances.c.depend-on'; did you mean 'instances.c.depends-on'?
            c: {on: h1, policy: automtic}          => did you mean 'automatic'?
            c: {on: h1, priority: 1001}            => priority must be between 0 and 1000
            c: {on: h1, vcpus: 0}                  => vcpus must be 1 or more
            h1: {on: h1}                           => 'h1' is the name of two things: host and instance
            """)
    void aWrongInstanceIsRefusedInItsOwnLine(String instance, String message) throws IOException {
        write("one", START + "  " + instance + "\n", EVENTS, END);
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("start.yaml:9: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '`', textBlock = """
            g: {rule: apart, members: [a]}                      => members must name two or more instances
            g: {rule: apart, members: [a, z]}                   => unknown instance 'z'
            g: {rule: apartt, members: [a, b]}                  => did you mean 'apart'?
            g: {rule: together, members: [a, b]}                => the start breaks the strict group 'g'
            g: {rule: apart, strength: firm, members: [a, b]}   => 'firm' is not one of strict, soft
            """)
    void aWrongGroupIsRefused(String group, String message) throws IOException {
        write("one", START + "groups:\n  " + group + "\n", EVENTS, END);
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("start.yaml:10: ")
                .hasMessageContaining(message);
    }

    @Test
    void anInstanceBelongsToOneGroup() throws IOException {
        String groups = """
                groups:
                  g: {rule: apart, members: [a, b]}
                  k: {rule: apart, strength: soft, members: [a, b]}
                """;
        write("one", START + groups, EVENTS, END);
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("start.yaml:11: a is in the group 'g' already");
    }

    @Test
    void aHostThatIsFullOrOffAtTheStartHoldsNothingMore() throws IOException {
        write("one", START + "  c: {on: h3, memory-mib: 5000}\n", EVENTS, END);
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("start.yaml:5: its instances need 5000 MiB at the start, and it offers 4096");
        write(
                "one",
                "hosts:\n  h1: {power: off}\ninstances:\n  a: {on: h1}\n",
                "1s end\n",
                "instances: {a: {state: down}}\n");
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("start.yaml:4: host h1 has no power at the start");
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '`', textBlock = """
            10s powr-lost h1                 => unknown event 'powr-lost'; did you mean 'power-lost'?; known here: power-lost, power-back
            10s power-lost h9                => unknown host 'h9'; did you mean 'h1'?; known here: h1, h2, h3
            10s power-lost rack:r9           => unknown rack 'r9'; did you mean 'r1'?; known here: r1, r2
            10s power-lost rak:r1            => unknown failure domain 'rak'; did you mean 'rack'?; known here: rack, pdu
            10s power-lost                   => the line ends too early, expected hosts; write 'power-lost HOSTS'
            10s power-lost h1 h2             => 'h2' is too much; write 'power-lost HOSTS'
            10 power-lost h1                 => '10' is not a duration; write a number with its unit
            10s                              => the line ends too early, expected an event (power-lost
            +x power-lost h1                 => 'x' is not a duration
            when h1 is FENCNG end            => unknown state 'FENCNG'; did you mean 'FENCING'?; known here: HELD
            when a is FENCING end            => unknown host 'a'
            when h1 is STARTING end          => unknown instance 'h1'
            when h1 becomes FENCED end       => unknown relation 'becomes'; known here: is, runs, has
            when h1 has water end            => unknown word 'water'; known here: power
            when a runs on h9 end            => unknown host 'h9'
            10s cut h1 managment             => unknown network 'managment'; did you mean 'management'?; known here: management, oob, storage
            10s cut h1 storage inwards       => unknown word 'inwards'; known here: in, out, both, with; write 'cut NODES NETWORK
            10s cut h9 storage               => unknown host or controller 'h9'
            10s partition storage h1         => a partition has two sides or more
            10s partition storage h1 | h1   => h1 is on two sides of the partition
            10s loss h1 oob 80               => '80' is not a share between 0% and 100%
            10s loss h1 oob 101%             => '101%' is not a share
            10s flap h1 oob every 0s for 1m  => the period must be longer than nothing
            10s flap h1 oob evry 1s for 1m   => did you mean 'every'?; known here: every; write 'flap
            10s bmc h1 mute                  => unknown word 'mute'; known here: well, silent
            10s starts-fail h1 some          => 'some' is neither a number of times
            10s controller-killed c9         => unknown controller 'c9'; did you mean 'c1'?; known here: c1, c2, leader
            10s delete z                     => unknown instance 'z'
            10s confirm-dead h1 override pulse => unknown word 'pulse'; known here: lease, group, probe, power
            10s confirm-dead h1 overide power => did you mean 'override'?; known here: override; write 'confirm-dead HOST
            10s maintenance h1               => the line ends too early, expected one of on, off; write 'maintenance HOST|segment on|off'
            10s maintenance h9 on            => unknown host 'h9'; did you mean 'h1'?; known here: h1, h2, h3, segment
            10s maintenance h1 of            => unknown word 'of'; did you mean 'off'?; known here: on, off
            10s disarm freez                 => did you mean 'freeze'?; known here: freeze, ignore; write 'disarm freeze|ignore'
            10s rearm h1                     => 'h1' is too much; write 'rearm'
            10s retry z                      => unknown host or instance 'z'; did you mean 'a'?; known here: h1, h2, h3, a, b
            10s abandon z                    => unknown host or instance 'z'; did you mean 'a'?; known here: h1, h2, h3, a, b
            10s release a                    => unknown host 'a'
            """)
    void aWrongEventIsRefusedWithItsLineAndTheKnownWords(String line, String message) throws IOException {
        write("one", START, "# comment\n\n" + line + "\n1m end\n", END);
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .isInstanceOf(ScenarioException.class)
                .hasMessageContaining("events.txt:3: ")
                .hasMessageContaining(message);
    }

    @Test
    void eventsHappenInTheirOrderAndHaveAnEnd() throws IOException {
        write("one", START, "10s power-lost h1\n5s power-back h1\n1m end\n", END);
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("events.txt:2: happens at 5s, before the line above it (10s)");
        write("one", START, "10s power-lost h1\n", END);
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("events.txt:1: the last line must say when it ends");
        write("one", START, "10s end\n20s power-lost h1\n", END);
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("events.txt:2: nothing can happen after 'end' (line 1)");
        write("one", START, "when a runs end\n", END);
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("events.txt:1: the end needs a time of its own");
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '`', textBlock = """
            fencd: [h1]                                    => unknown key 'fencd'; did you mean 'fenced'?; known here: fenced, tried, cases
            fenced: [h9]                                   => unknown host 'h9'
            cases: {h1: RECOVRED}                          => unknown state of a case 'RECOVRED'; did you mean 'RECOVERED'?; known here: HELD
            humans: [x]                                    => unknown instance 'x'
            order: [[h1 fenced]]                         => an order has two facts or more
            order: [[h1 burns, a starts]]                => unknown fact about a host 'burns'; known here: fenced, loses power
            order: [[a fenced, a starts]]                => unknown fact about an instance 'fenced'; known here: starts [on HOST]
            order: [[h1 is FENCD, a starts]]             => did you mean 'FENCED'?
            instances: {z: {state: down}}                => unknown instance 'z'
            instances: {a: {state: runing, on: [h1]}}    => did you mean 'running'?
            instances: {a: {on: [h1]}}                   => instances.a.state is missing
            instances: {a: {state: running}}             => instances.a.on is missing
            instances: {a: {state: down, on: [h1]}}      => instances.a.on is only for instances that run
            instances: {a: {state: running, on: [h1], never: [h1]}} => it cannot end on h1 and never have run there
            instances: {a: {state: down, move: STARTNG}} => unknown state of an instance in a case or a planned move 'STARTNG'
            instances: {a: {state: down}}                => instance b is missing: how does it end?
            """)
    void aWrongEndIsRefusedWithItsLineAndTheKnownWords(String end, String message) throws IOException {
        write("one", START, EVENTS, "# comment\n" + end + "\n");
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("expected-end.yaml:2: ")
                .hasMessageContaining(message);
    }

    @Test
    void aFileThatIsMissingEmptyOrSpeltWrongIsNamed() throws IOException {
        Path folder = write("one", START, EVENTS, END);
        Files.delete(folder.resolve("README.md"));
        Files.writeString(folder.resolve("expected_end.yaml"), END);
        assertThatThrownBy(() -> ScenarioLoader.load(directory))
                .hasMessageContaining("README.md: is missing; a scenario has README.md, start.yaml")
                .hasMessageContaining("unknown file 'expected_end.yaml'; did you mean 'expected-end.yaml'?");
        Files.delete(folder.resolve("expected_end.yaml"));
        Files.writeString(folder.resolve("README.md"), " \n");
        assertThatThrownBy(() -> ScenarioLoader.load(directory)).hasMessageContaining("README.md: is empty");
        Files.delete(folder.resolve("start.yaml"));
        assertThatThrownBy(() -> ScenarioLoader.load(directory)).hasMessageContaining("start.yaml: is missing");
    }

    @Test
    void aPlaceWithoutScenariosIsNotAPlaceWhereAllPassed() {
        assertThatThrownBy(() -> ScenarioLoader.load(directory)).hasMessageContaining("there is no scenario here");
        assertThatThrownBy(() -> ScenarioLoader.load(directory.resolve("none")))
                .hasMessageContaining("there is no such directory");
    }

    @Test
    void tellsAllMistakesOfAllScenariosAtOnce() throws IOException {
        write("one", START, "1s brun h1\n2s power-lost h7\n3s end\n", END);
        write("two", "hosts: {h1: {vcpu: 3}}\n", "1s end\n", END);
        ScenarioException refused = catchThrowableOfType(ScenarioException.class, () -> ScenarioLoader.load(directory));
        assertThat(refused.problems()).hasSize(3);
        assertThat(refused.problems().getLast().where()).endsWith("two/start.yaml:1");
    }

    private TimedEvent first(String events) throws IOException {
        write("one", START, events + "9m end\n", END);
        return ScenarioLoader.load(directory).getFirst().events().getFirst();
    }

    private Path write(String name, String start, String events, String end) throws IOException {
        Path folder = Files.createDirectories(directory.resolve(name));
        Files.writeString(folder.resolve("README.md"), "why\n");
        Files.writeString(folder.resolve("start.yaml"), start);
        Files.writeString(folder.resolve("events.txt"), events);
        Files.writeString(folder.resolve("expected-end.yaml"), end);
        return folder;
    }
}
