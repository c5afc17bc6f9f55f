package io.holdfast.chaos.sim;

import io.holdfast.compute.ComputeException;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.ServerGroupId;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Those who own instances, and ask any controller that answers. What they are told is done is held against the product. */
public final class Owners {

    public static final List<ProjectId> PROJECTS =
            List.of(ProjectId.of("red"), ProjectId.of("green"), ProjectId.of("blue"));

    private final World world;
    private final Dice dice;
    private final Dice groupIds;
    private final OwnersWords words;
    private final Map<ServerGroupId, Asked> groups = new LinkedHashMap<>();
    private int created;

    Owners(World world) {
        this.world = world;
        this.dice = world.dice("owners");
        this.groupIds = world.dice("server groups");
        this.words = new OwnersWords(world);
    }

    /**
     * @param only the one host it may be created on, or null for any
     * @return its id, also when nobody answered and it is not known whether it was created
     */
    public InstanceId create(
            String name, ProjectId project, Resources resources, RecoveryPolicy policy, @Nullable HostId only) {
        return create(NewInstance.unconstrained(name, project, resources, policy, only, Map.of(), null));
    }

    /** @return as above */
    public InstanceId create(NewInstance wanted) {
        InstanceId id = InstanceId.of(dice.uuid());
        world.named(id, wanted.name());
        Asked group = wanted.group() == null ? null : groups.get(wanted.group());
        if (group != null) {
            group.members().add(id);
        }
        ask(new Wish(Wish.Verb.CREATE, id), () -> {
            if (world.mutation().storesCreates(world)) {
                world.database().create(id, wanted);
            }
        });
        return id;
    }

    /** Of members that may share failure domains. */
    public ServerGroupId createGroup(String name, ProjectId project, GroupPolicy policy) {
        return createGroup(name, project, policy, Set.of());
    }

    /**
     * @param spread kinds of failure domain that no two members may share
     * @return its id, also when nobody answered; an instance that names one that is not there is not created
     */
    public ServerGroupId createGroup(String name, ProjectId project, GroupPolicy policy, Set<String> spread) {
        ServerGroupId id = ServerGroupId.of(groupIds.uuid());
        groups.put(id, new Asked(policy, spread, new LinkedHashSet<>()));
        for (Controller controller : world.controllers()) {
            ControllerProcess process = controller.process();
            if (process != null && process.runs()) {
                try {
                    process.database().write(() -> {
                        world.database().createGroup(id, name, project, policy, spread);
                        return true;
                    });
                } catch (DatabaseAway away) {
                    world.figures().missed("a server group");
                }
                break;
            }
        }
        return id;
    }

    /** A new instance of a usual size for any of the projects. */
    public InstanceId createAny() {
        return createAny(world.workload().next(dice));
    }

    /** A new instance of that size for any of the projects. */
    InstanceId createAny(Resources size) {
        double policy = dice.share();
        String name = "vm-" + ++created;
        ProjectId project = dice.pick(PROJECTS);
        Map<String, String> said = words.metadata(name, project);
        InstanceId made = create(NewInstance.unconstrained(
                name,
                project,
                size,
                policy < 0.75 ? RecoveryPolicy.AUTOMATIC : policy < 0.9 ? RecoveryPolicy.NOTIFY : RecoveryPolicy.NONE,
                null,
                said,
                words.group(project)));
        words.made(made, said);
        return made;
    }

    /** Before the first of {@link #createAny}. */
    void begin() {
        words.begin(this);
    }

    /** The groups that owners asked for, with those who were asked into them. */
    public Collection<Asked> groups() {
        return groups.values();
    }

    /** A group as its owner knows it: whoever is in it, and is not deleted, is bound by its policy. */
    public record Asked(GroupPolicy policy, Set<String> spread, Set<InstanceId> members) {}

    public void delete(InstanceId id) {
        ask(new Wish(Wish.Verb.DELETE, id), () -> world.database().delete(id));
    }

    public void stop(InstanceId id) {
        ask(new Wish(Wish.Verb.STOP, id), () -> world.database().stop(id));
    }

    public void start(InstanceId id) {
        ask(new Wish(Wish.Verb.START, id), () -> world.database().start(id));
    }

    private void ask(Wish wish, Runnable transaction) {
        for (Controller controller : world.controllers()) {
            ControllerProcess process = controller.process();
            if (process == null || !process.runs()) {
                continue;
            }
            try {
                process.database().write(() -> {
                    transaction.run();
                    return true;
                });
                world.story()
                        .tell(
                                "owner",
                                wish.verb().name().toLowerCase(java.util.Locale.ROOT) + " "
                                        + world.name(wish.instance()) + " is acknowledged");
                world.checkers().acknowledged(wish);
                process.run(() -> process.goals().deliver(wish.instance()));
                return;
            } catch (DatabaseAway away) {
                // Nothing was acknowledged, and it may have happened all the same.
                world.checkers().unsure(wish);
                return;
            } catch (ComputeException refused) {
                world.figures().missed("an owner is refused");
                return;
            }
        }
    }
}
