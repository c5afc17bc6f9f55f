package io.holdfast.chaos.sim;

import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets instances come and go as a record of a cloud has it, from a moment of the record that the seed chooses, until the
 * core heals. Whoever comes when as many are there as the world may have, stays away; so a small world sees a part of
 * what a large cloud saw, in the same order and with the same lifetimes.
 */
public final class RecordedVisits {

    private static final Duration AGAIN = Duration.ofSeconds(5);

    /** Between the end of the record and its beginning, as recorded. */
    private static final Duration PAUSE = Duration.ofMinutes(5);

    /** How long one keeps its place of whom nobody knows whether it came and how long it would have stayed, as recorded. */
    private static final Duration DOUBTED = Duration.ofHours(1);

    /**
     * One instance of the record.
     *
     * @param arrives since the record begins
     * @param stays how long, or null when it outlived the record
     */
    public record Visit(
            Duration arrives, Resources size, @Nullable Duration stays) {}

    private final List<Visit> visits;
    private final double times;

    /**
     * @param visits by arrival, not empty
     * @param times how many times as fast as recorded they pass, more than 0
     */
    public RecordedVisits(List<Visit> visits, double times) {
        if (visits.isEmpty() || !(times > 0)) {
            throw new IllegalArgumentException("needs visits, and a pace above 0, not " + times);
        }
        this.visits = List.copyOf(visits);
        this.times = times;
    }

    /** @param most how many may be there at the same time */
    void begin(World world, int most) {
        if (most > 0) {
            int first = world.dice("recorded visits").between(0, visits.size() - 1);
            new Passage(world, most).next(first, Duration.ZERO);
        }
    }

    /** The visits of one world. */
    private final class Passage {
        private final World world;
        private final int most;
        private int there;

        private Passage(World world, int most) {
            this.world = world;
            this.most = most;
        }

        /** @param gap until it arrives, as recorded */
        private void next(int number, Duration gap) {
            after(gap, () -> {
                Visit visit = visits.get(number);
                if (there < most) {
                    arrive(visit);
                }
                // After the last of the record comes the first again.
                int following = (number + 1) % visits.size();
                next(
                        following,
                        following == 0 ? PAUSE : visits.get(following).arrives().minus(visit.arrives()));
            });
        }

        private void arrive(Visit visit) {
            InstanceId id = world.owners().createAny(visit.size());
            there++;
            Duration stays = visit.stays();
            if (world.database().instance(id).isEmpty()) {
                // Nobody answered its owner, who gives up and does not know whether it will come to be.
                after(stays == null ? DOUBTED : stays, () -> leave(id, false));
                return;
            }
            world.figures().arrived();
            if (stays != null) {
                after(stays, () -> leave(id, true));
            }
        }

        private void leave(InstanceId id, boolean came) {
            if (isWanted(id)) {
                world.owners().delete(id);
                if (isWanted(id)) {
                    // Refused or not answered: its owner asks again.
                    world.timeline().after(AGAIN, () -> unlessHealed(() -> leave(id, came)));
                    return;
                }
                if (came) {
                    world.figures().left();
                }
            }
            there--;
        }

        private boolean isWanted(InstanceId id) {
            return world.database()
                    .instance(id)
                    .filter(instance -> instance.goal() != InstanceGoal.DELETED)
                    .isPresent();
        }

        private void after(Duration recorded, Runnable what) {
            Duration scaled = Duration.ofNanos((long) Math.max(0, recorded.toNanos() / times));
            world.timeline().after(scaled, () -> unlessHealed(what));
        }

        private void unlessHealed(Runnable what) {
            if (!world.isHealed()) {
                what.run();
            }
        }
    }
}
