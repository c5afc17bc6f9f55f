package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Controller;
import io.holdfast.chaos.sim.Wish;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.SayTerms;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.core.CaseState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * S12: of an instance whose consumer is asked, nothing gets a home elsewhere before somebody has answered or the deadline has
 * passed, and nothing at all when all that was said of it is to leave it. Judged by homes as they are stored, by the moment at which the
 * old home was proven isolated, and by what consumers really said; only where nothing else explains it: no owner and no
 * operator spoke of the instance, and no clock by which a deadline is reckoned was moved.
 */
public final class HeardFirst implements Checker {

    /** Controllers' clocks run up to so much too fast. */
    private static final double DRIFT = 0.03;

    private static final long A_HAIR_NANOS = 1_000_000_000L;

    private final World world;
    private final Map<HostId, Long> fencedEpoch = new HashMap<>();
    private final Map<HostId, Long> fencedAt = new HashMap<>();

    /** Since the newest case about the instance was opened. */
    private final Map<InstanceId, List<Said>> said = new HashMap<>();

    private final Set<InstanceId> spokenOf = new HashSet<>();

    private record Said(SayAnswer answer, boolean acknowledged) {}

    public HeardFirst(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "S12";
    }

    @Override
    public void hostChanged(ComputeHost now, String by) {
        Long known = fencedEpoch.get(now.id());
        if (now.state() == HostState.FENCED
                && (known == null || known != now.epoch().value())) {
            fencedEpoch.put(now.id(), now.epoch().value());
            fencedAt.put(now.id(), world.timeline().now());
        }
    }

    @Override
    public void caseWritten(@Nullable CaseState before, CaseState after) {
        if (before == null) {
            for (Instance instance : world.database().instances()) {
                if (after.host().equals(instance.home())) {
                    said.remove(instance.id());
                }
            }
        }
    }

    @Override
    public void said(InstanceId instance, SayAnswer answer, @Nullable HostId only, boolean acknowledged) {
        said.computeIfAbsent(instance, id -> new ArrayList<>()).add(new Said(answer, acknowledged));
    }

    @Override
    public void acknowledged(Wish wish) {
        spoken(wish);
    }

    @Override
    public void unsure(Wish wish) {
        spoken(wish);
    }

    private void spoken(Wish wish) {
        if (wish.verb() != Wish.Verb.CREATE) {
            spokenOf.add(wish.instance());
        }
    }

    @Override
    public void instanceChanged(@Nullable Instance before, Instance after, String by) {
        SayTerms say = TermsRule.read(after.metadata()).say();
        if (before == null || before.goal() != InstanceGoal.RUNNING || say == null || !say.asks() || !ordinary(after)) {
            return;
        }
        HostId from = before.home();
        HostId to = after.home();
        if (from == null || to == null || from.equals(to)) {
            return;
        }
        boolean fenced = world.database()
                .row(from)
                .filter(row -> row.state() == HostState.FENCED)
                .isPresent();
        if (!fenced) {
            return;
        }
        List<Said> words = said.getOrDefault(after.id(), List.of());
        long waited = world.timeline().now() - fencedAt.getOrDefault(from, 0L);
        if (words.isEmpty() && waited < say.within().toNanos() * (1 - DRIFT) - A_HAIR_NANOS) {
            world.violated(
                    invariant(),
                    after.name() + " gets its home on " + to + " " + waited / 1_000_000 + " ms after " + from
                            + " was proven isolated; its consumer has "
                            + say.within().toSeconds()
                            + " s and said nothing");
        }
        boolean toLeave = words.stream().allMatch(word -> word.answer() == SayAnswer.LEAVE)
                && words.stream().anyMatch(Said::acknowledged);
        if (toLeave) {
            world.violated(invariant(), after.name() + " gets its home on " + to + "; its consumer said to leave it");
        }
    }

    private boolean ordinary(Instance instance) {
        return instance.policy() == RecoveryPolicy.AUTOMATIC
                && !spokenOf.contains(instance.id())
                && !world.operator().hurried(instance.id())
                && world.controllers().stream().noneMatch(Controller::clockWasMoved);
    }
}
