package io.holdfast.compute.agent;

import static io.holdfast.compute.agent.AgentFixtures.adopt;
import static io.holdfast.compute.agent.AgentFixtures.inBoot;
import static io.holdfast.compute.agent.AgentFixtures.instance;
import static io.holdfast.compute.agent.AgentFixtures.list;
import static io.holdfast.compute.agent.AgentFixtures.order;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.agent.AgentMemory.Ruling;
import io.holdfast.model.Generation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentMemoryTest {

    private static final String BOOT = "boot-1";

    /** Adopted at epoch 3, incarnation 2, leader 5, with instance 1 at generation 7, running. */
    private static AgentMemory told() {
        return take(AgentMemory.blank().rule(adopt(3, 2, 5, order(1, 7, InstanceGoal.RUNNING, 3, 5)), BOOT));
    }

    @Test
    void aListThatANewerOneHasOvertakenIsStale() {
        InstanceOrder one = order(1, 7, InstanceGoal.RUNNING, 3, 5);
        InstanceOrder two = order(2, 4, InstanceGoal.RUNNING, 3, 5);
        AgentMemory memory = take(AgentMemory.blank().rule(list(BOOT, 2, one), BOOT));
        assertThat(memory.adoption()).isEqualTo(2);
        assertThat(memory.rule(list(BOOT, 1), BOOT)).isInstanceOf(Ruling.Stale.class);
        assertThat(memory.inBoot("").rule(list(BOOT, 2, one), BOOT))
                .as("while it is being carried out")
                .isInstanceOf(Ruling.Stale.class);

        // The same list once more does not take away what came since.
        memory = take(memory.rule(two, BOOT));
        assertThat(memory.adoption()).isEqualTo(2);
        assertThat(memory.rule(list(BOOT, 2, one), BOOT)).isInstanceOf(Ruling.Known.class);

        memory = take(memory.rule(list(BOOT, 3, one, two), BOOT));
        assertThat(memory.owned()).hasSize(2);
        // A controller that numbers nothing is believed as before, and does not turn the number back.
        memory = take(memory.rule(list(BOOT, 0, one), BOOT));
        assertThat(memory.owned()).hasSize(1);
        assertThat(memory.rule(list(BOOT, 2, one, two), BOOT)).isInstanceOf(Ruling.Stale.class);
    }

    @ParameterizedTest
    @CsvSource({
        // epoch, leader, generation, goal, boot, ruling
        "3, 5, 7, RUNNING, boot-1, Known",
        "3, 5, 7, STOPPED, boot-1, Take",
        "3, 5, 8, RUNNING, boot-1, Take",
        "3, 6, 7, RUNNING, boot-1, Take",
        "3, 5, 6, RUNNING, boot-1, Stale",
        "2, 5, 7, RUNNING, boot-1, Stale",
        "2, 9, 9, RUNNING, boot-1, Stale",
        "3, 4, 7, STOPPED, boot-1, Stale",
        "3, 4, 8, RUNNING, boot-1, Stale",
        "4, 5, 7, RUNNING, boot-1, Refused",
        "3, 5, 7, RUNNING, boot-2, Refused",
        "3, 5, 7, DELETED, boot-2, Refused",
        "2, 5, 7, RUNNING, boot-2, Stale",
    })
    void rulesOnASingleGoal(long epoch, long leader, long generation, InstanceGoal goal, String boot, String expected) {
        Ruling ruling = told().rule(order(1, generation, goal, epoch, leader), boot);
        assertThat(ruling.getClass().getSimpleName()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        // epoch, incarnation, leader, generation, boot, ruling
        "3, 2, 5, 7, boot-1, Known",
        "3, 2, 5, 7, boot-2, Take",
        "3, 3, 5, 7, boot-1, Take",
        "4, 3, 6, 8, boot-2, Take",
        "2, 3, 5, 7, boot-1, Stale",
        "3, 1, 5, 7, boot-1, Stale",
        "3, 2, 4, 7, boot-1, Stale",
        "4, 3, 6, 6, boot-1, Stale",
    })
    void rulesOnAnAdoption(long epoch, long incarnation, long leader, long generation, String boot, String expected) {
        Ruling ruling = told().rule(
                        inBoot(
                                boot,
                                epoch,
                                incarnation,
                                leader,
                                order(1, generation, InstanceGoal.RUNNING, epoch, leader)),
                        boot);
        assertThat(ruling.getClass().getSimpleName()).isEqualTo(expected);
    }

    @Test
    void aListThatWasMadeForAnEarlierBootStartsNothingInTheNext() {
        // The host was fenced and is back; nobody has told it its new epoch yet, and the old list is still on its way.
        Ruling late = told().rule(adopt(3, 2, 5, order(1, 7, InstanceGoal.RUNNING, 3, 5)), "boot-2");

        assertThat(late).isInstanceOf(Ruling.Stale.class);
        assertThat(((Ruling.Stale) late).reason()).contains("made for boot boot-1", "in boot boot-2");
    }

    @Test
    void aReasonSaysWhatIsKnown() {
        assertThat(told().rule(order(1, 6, InstanceGoal.RUNNING, 3, 5), BOOT))
                .isEqualTo(new Ruling.Stale("the order is for generation 6 of instance " + instance(1)
                        + ", and this host has seen generation 7"));
    }

    @Test
    void refusesAListThatNamesAnInstanceTwice() {
        InstanceOrder twice = order(1, 7, InstanceGoal.RUNNING);
        assertThat(AgentMemory.blank().rule(adopt(twice, twice), BOOT)).isInstanceOf(Ruling.Refused.class);
    }

    @Test
    void whatLeftIsStillRememberedByItsGeneration() {
        AgentMemory without = take(told().rule(adopt(4, 3, 6), BOOT));
        assertThat(without.owned()).isEmpty();
        assertThat(without.rule(order(1, 6, InstanceGoal.RUNNING, 4, 6), BOOT)).isInstanceOf(Ruling.Stale.class);
    }

    @Test
    void whatWasDeletedIsNotStartedAgainAtTheSameGeneration() {
        AgentMemory deleted = take(told().rule(order(1, 7, InstanceGoal.DELETED, 3, 5), BOOT));
        assertThat(deleted.rule(order(1, 7, InstanceGoal.RUNNING, 3, 5), BOOT)).isInstanceOf(Ruling.Stale.class);
        AgentMemory adopted = take(deleted.rule(adopt(3, 3, 5, order(1, 7, InstanceGoal.RUNNING, 3, 5)), BOOT));
        assertThat(adopted.owned().get(instance(1)).goal()).isEqualTo(InstanceGoal.DELETED);
    }

    @Test
    void aWithdrawalThatTookNothingDoesNotShutTheHostOut() {
        AgentMemory withdrawn = take(told().rule(order(1, 8, InstanceGoal.STOPPED, 3, 5), BOOT));
        AgentMemory adopted =
                take(withdrawn.rule(inBoot("boot-2", 4, 3, 6, order(1, 7, InstanceGoal.RUNNING, 4, 6)), "boot-2"));
        assertThat(adopted.owned().get(instance(1)).goal()).isEqualTo(InstanceGoal.STOPPED);
        assertThat(adopted.rule(order(1, 7, InstanceGoal.RUNNING, 4, 6), "boot-2"))
                .isInstanceOf(Ruling.Stale.class);
        assertThat(adopted.rule(order(1, 8, InstanceGoal.RUNNING, 4, 6), "boot-2"))
                .isInstanceOf(Ruling.Take.class);
    }

    @Test
    void remembersABoundedNumberOfWhatLeft() {
        AgentMemory memory = AgentMemory.blank();
        Map<io.holdfast.model.InstanceId, Generation> many = new HashMap<>();
        for (int i = 0; i < AgentMemory.REMEMBERED_LIMIT + 50; i++) {
            many.put(instance(i + 100), Generation.of(1));
        }
        memory = new AgentMemory(BOOT, memory.hostEpoch(), memory.incarnation(), 0, memory.leader(), many, Map.of());
        AgentMemory next = take(memory.rule(adopt(order(1, 7, InstanceGoal.RUNNING)), BOOT));
        assertThat(next.newest()).hasSize(AgentMemory.REMEMBERED_LIMIT).containsKey(instance(1));
    }

    /** The oracle keeps nothing but the largest numbers it has seen in orders that were taken. */
    @Property(tries = 500)
    void neverOwnsAGenerationOlderThanTheNewestSeen(@ForAll("orders") List<Object> orders) {
        AgentMemory memory = AgentMemory.blank();
        long epoch = 0;
        long leader = 0;
        Map<Object, Long> newest = new HashMap<>();
        Set<Object> deleted = new HashSet<>();
        for (Object order : orders) {
            Ruling ruling = switch (order) {
                case AdoptOrder adopt -> memory.rule(adopt, BOOT);
                case InstanceOrder one -> memory.rule(one, BOOT);
                default -> throw new IllegalStateException();
            };
            if (!(ruling instanceof Ruling.Take(AgentMemory next))) {
                continue;
            }
            long orderEpoch = order instanceof AdoptOrder a
                    ? a.hostEpoch().value()
                    : ((InstanceOrder) order).hostEpoch().value();
            long orderLeader = order instanceof AdoptOrder a
                    ? a.leader().value()
                    : ((InstanceOrder) order).leader().value();
            assertThat(orderEpoch).isGreaterThanOrEqualTo(epoch);
            assertThat(orderLeader).isGreaterThanOrEqualTo(leader);
            epoch = orderEpoch;
            leader = orderLeader;
            memory = next;
            memory.owned().forEach((id, wanted) -> {
                assertThat(wanted.generation().value()).isGreaterThanOrEqualTo(newest.getOrDefault(id, 0L));
                newest.put(id, wanted.generation().value());
                if (wanted.goal() == InstanceGoal.RUNNING) {
                    assertThat(deleted).doesNotContain(id + "@" + wanted.generation());
                } else if (wanted.goal() == InstanceGoal.DELETED && order instanceof InstanceOrder) {
                    deleted.add(id + "@" + wanted.generation());
                }
            });
            if (order instanceof AdoptOrder) {
                // A list may leave a deleted instance out; then its disk is made anew only by a new claim's order.
                deleted.clear();
            }
        }
    }

    @Provide
    Arbitrary<List<Object>> orders() {
        Arbitrary<InstanceOrder> one = Combinators.combine(
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.longs().between(1, 5),
                        Arbitraries.of(InstanceGoal.values()),
                        Arbitraries.longs().between(0, 3),
                        Arbitraries.longs().between(1, 4))
                .as(AgentFixtures::order);
        Arbitrary<AdoptOrder> adopt = Combinators.combine(
                        one.list().ofMaxSize(3),
                        Arbitraries.longs().between(0, 3),
                        Arbitraries.longs().between(1, 3),
                        Arbitraries.longs().between(1, 4))
                .as((owned, epoch, incarnation, leader) ->
                        adopt(epoch, incarnation, leader, owned.toArray(InstanceOrder[]::new)));
        return Arbitraries.oneOf(one.map(x -> (Object) x), adopt.map(x -> (Object) x))
                .list()
                .ofMinSize(1)
                .ofMaxSize(40);
    }

    private static AgentMemory take(Ruling ruling) {
        assertThat(ruling).isInstanceOf(Ruling.Take.class);
        return ((Ruling.Take) ruling).next();
    }
}
