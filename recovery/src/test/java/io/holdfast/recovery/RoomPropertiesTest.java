package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.ServerGroup;
import io.holdfast.model.Actor;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.MoveState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Nobody waits for room that is there. Whatever makes room, and in whatever order things happen, two seconds later nobody
 * waits whom some host would take; long before {@code replan-interval}, which is ten minutes here.
 *
 * <p>The oracle looks at hosts, homes and groups, and knows neither scheduler nor plans nor what has changed.
 */
class RoomPropertiesTest {

    private static final Actor WHO = new Actor("op", "cli");

    @Property(tries = 150)
    void nobodyWaitsForRoomThatIsThere(@ForAll long seed) {
        Random random = new Random(seed);
        try (VirtualStage stage = new VirtualStage(RoomTest.slow(), journal -> journal)) {
            Data data = new Data(stage, random);
            stage.power.losePower(stage.h1);
            stage.lose(stage.h1);
            stage.pass(Duration.ofSeconds(3));
            for (int i = 0; i < 30; i++) {
                String what = data.change();
                stage.pass(Duration.ofSeconds(2));
                assertThat(data.whoCouldBePlaced())
                        .as("seed %s, after change %s (%s)", seed, i, what)
                        .isEmpty();
            }
            stage.assertSafe();
        }
    }

    /** A small cluster that is mostly full, and what happens to it. */
    private static final class Data {

        private final VirtualStage stage;
        private final Random random;
        private final List<HostId> others = new ArrayList<>();

        /** As the last word that the engine was told has it. */
        private final Set<HostId> avoided = new HashSet<>();

        private final List<InstanceId> lodgers = new ArrayList<>();

        Data(VirtualStage stage, Random random) {
            this.stage = stage;
            this.random = random;
            others.addAll(List.of(stage.h2, stage.h3, stage.world.host("h4"), stage.world.host("h5")));
            List<InstanceId> leaving = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                leaving.add(stage.world.instance("leaves-" + i, stage.h1, RecoveryPolicy.AUTOMATIC));
            }
            for (HostId host : others) {
                for (int i = 0; i < 2; i++) {
                    lodgers.add(stage.world.instance("lodger-" + host + i, host, RecoveryPolicy.AUTOMATIC));
                }
                stage.world.capacity(host, 2048);
            }
            if (random.nextBoolean()) {
                group("first", List.of(leaving.get(0), leaving.get(1)));
            }
            if (random.nextBoolean()) {
                group("second", List.of(leaving.get(2), leaving.get(3), lodgers.get(0), lodgers.get(3)));
            }
        }

        private void group(String name, List<InstanceId> members) {
            stage.world.group(name, random.nextBoolean() ? GroupPolicy.AFFINITY : GroupPolicy.ANTI_AFFINITY, members);
        }

        String change() {
            HostId host = others.get(random.nextInt(others.size()));
            return switch (random.nextInt(13)) {
                case 0, 1 -> {
                    int memory = 1024 * (1 + random.nextInt(4));
                    stage.world.capacity(host, memory);
                    yield host + " has " + memory + " MiB";
                }
                case 2 -> {
                    stage.world.disable(host, WHO, "");
                    yield host + " is disabled";
                }
                case 3 -> {
                    stage.world.enable(host, WHO);
                    yield host + " is enabled";
                }
                case 4 -> {
                    InstanceId gone = lodgers.get(random.nextInt(lodgers.size()));
                    stage.world.ownerDeletes(gone);
                    yield gone + " is deleted";
                }
                case 5 -> {
                    stage.suspect(host);
                    avoided.add(host);
                    yield host + " is suspected";
                }
                case 6 -> {
                    stage.ail(host, "its agent is dead");
                    avoided.add(host);
                    yield host + " ails";
                }
                case 7 -> {
                    stage.outOfGroup(host);
                    avoided.remove(host);
                    yield host + " is out of the group";
                }
                case 8, 9 -> {
                    stage.clear(host);
                    avoided.remove(host);
                    yield host + " is well";
                }
                case 10 -> {
                    boolean down = random.nextBoolean();
                    stage.world.setForcedDown(host, down, WHO, "");
                    yield host + " is forced down: " + down;
                }
                case 11 -> {
                    boolean on = random.nextBoolean();
                    if (on) {
                        stage.world.startMaintenance(host, WHO, "");
                    } else {
                        stage.world.endMaintenance(host, WHO);
                    }
                    yield host + " is in maintenance: " + on;
                }
                default -> {
                    boolean on = random.nextBoolean();
                    if (on) {
                        stage.world.quarantine(host, "", LeaderEpoch.of(1));
                    } else {
                        stage.world.release(host);
                    }
                    yield host + " is in quarantine: " + on;
                }
            };
        }

        List<String> whoCouldBePlaced() {
            CaseState state = stage.newest(stage.h1);
            List<String> could = new ArrayList<>();
            for (Move move : state.moves()) {
                for (ComputeHost host : stage.world.list()) {
                    if (move.state() instanceof MoveState.Waiting && takes(host, move)) {
                        could.add(move.name() + " on " + host.id());
                    }
                }
            }
            return could;
        }

        private boolean takes(ComputeHost host, Move move) {
            return !host.id().equals(stage.h1)
                    && host.state() == HostState.SERVING
                    && host.enabled()
                    && !host.forcedDown()
                    && host.maintenance() == null
                    && host.quarantine() == null
                    && !avoided.contains(host.id())
                    && move.excluded().stream().noneMatch(tried -> tried.host().equals(host.id()))
                    && 1024 * (1 + stage.world.at(host.id()).size())
                            <= host.capacity().memoryMib()
                    && stage.world.groups().stream().allMatch(group -> allows(group, host.id(), move.id()));
        }

        private boolean allows(ServerGroup group, HostId host, InstanceId id) {
            if (!group.members().contains(id)) {
                return true;
            }
            List<HostId> homes = group.members().stream()
                    .filter(member -> !member.equals(id))
                    .map(member -> stage.world.find(member).orElseThrow())
                    .filter(member -> member.goal() != InstanceGoal.DELETED)
                    .map(Instance::home)
                    .filter(home -> home != null && !home.equals(stage.h1))
                    .toList();
            return group.policy() == GroupPolicy.AFFINITY
                    ? homes.isEmpty() || homes.contains(host)
                    : !homes.contains(host);
        }
    }
}
