package io.holdfast.chaos.sim;

import io.holdfast.fencing.ActPermit;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Stands for election as the product's does: holds a node of its session, raises the epoch, looks once more, records the
 * epoch in the database, and only then acts; and acts only while its lease is certainly good by its own clock, which is
 * nine tenths of the session since its last answered renewal.
 */
final class LeaderShell implements ActPermit {

    private static final Duration ROUND = Duration.ofMillis(200);
    private static final Duration TWO_ROUNDS = Duration.ofMillis(400);

    private final ControllerProcess process;
    private final Runnable changed;
    private @Nullable LeaderEpoch epoch;
    private long holding;
    private boolean recorded;
    private long renewedAtNanos;

    LeaderShell(ControllerProcess process, Runnable changed) {
        this.process = process;
        this.changed = changed;
    }

    void begin() {
        process.after(process.dice().between(Duration.ZERO, ROUND), this::round);
    }

    /** Looks whether the node is ours, which also renews the permit. Comes every 200 ms; see {@link #next}. */
    private void round() {
        World world = process.world();
        ZooKeeper.Session session = process.session();
        if (epoch == null && !process.isOriented()) {
            // As the product's, it does not stand before it has looked around.
            next();
            return;
        }
        if (session != null && world.zooKeeper().answers(session)) {
            long mine = world.zooKeeper().hold(session);
            if (epoch != null && (mine == 0 || mine != holding)) {
                depose();
            }
            if (mine != 0) {
                renewedAtNanos = process.nanos();
                if (epoch == null) {
                    elect(mine);
                }
            }
        } else if (epoch != null && !good()) {
            depose();
        }
        next();
    }

    private void next() {
        process.after(epoch == null ? process.dice().between(ROUND, TWO_ROUNDS) : ROUND, this::round);
    }

    private void elect(long mine) {
        LeaderEpoch raised = process.world().zooKeeper().raise();
        epoch = raised;
        holding = mine;
        recorded = false;
        process.tell("is elected at epoch " + raised);
        record(raised);
    }

    private void record(LeaderEpoch mine) {
        if (!mine.equals(epoch)) {
            return;
        }
        try {
            process.database().write(() -> {
                process.world().database().recordLeader(mine);
                return true;
            });
            recorded = true;
            process.tell("leads at epoch " + mine);
            changed.run();
        } catch (DatabaseAway away) {
            process.after(ROUND, () -> record(mine));
        } catch (io.holdfast.store.StaleLeaderException late) {
            process.tell("finds that epoch " + mine + " is old");
        }
    }

    void depose() {
        if (epoch != null) {
            process.tell("leads no more (epoch " + epoch + ")");
            epoch = null;
            recorded = false;
            changed.run();
        }
    }

    private boolean good() {
        return process.world().mutation().leaseNeverEnds()
                || process.nanos() - renewedAtNanos < ControllerProcess.SESSION.toNanos() / 10 * 9;
    }

    /** Elected and recorded, also while ZooKeeper has not answered lately. */
    boolean isElected() {
        return epoch != null && recorded;
    }

    /** The epoch at which this process may act now. */
    Optional<LeaderEpoch> current() {
        LeaderEpoch mine = epoch;
        return mine != null && recorded && good() ? Optional.of(mine) : Optional.empty();
    }

    @Override
    public boolean mayAct(SegmentId segment, LeaderEpoch leader) {
        return leader.equals(current().orElse(null));
    }

    /** Gives the node back, so that another one leads. */
    void resign() {
        ZooKeeper.Session session = process.session();
        if (epoch != null && session != null) {
            depose();
            process.world().zooKeeper().release(session);
        }
    }
}
