package io.holdfast.chaos.sim;

import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What owners say beyond sizes and policies, in a world where they do: some instances are more important, some need others,
 * some belong to a group, some are to be left stopped, some have limits of their own. Drawn from dice of their own, so that
 * a world without words is what it was before there were any.
 */
final class OwnersWords {

    private final World world;
    private final Dice dice;
    private final Dice silence;
    private final Dice goingBack;
    private final Dice consumers;
    private final boolean used;
    private final boolean asking;
    private final Map<ProjectId, List<String>> names = new HashMap<>();
    private final Map<ProjectId, List<ServerGroupId>> groups = new HashMap<>();

    OwnersWords(World world) {
        this.world = world;
        this.dice = world.dice("owners' words");
        this.silence = world.dice("guests that never beat");
        this.goingBack = world.dice("owners who want to go back");
        this.used = dice.chance(world.workload().words());
        this.consumers = world.dice("consumers who are asked");
        this.asking = used && consumers.chance(0.4);
    }

    /** Every project may have two groups; before the first instance is made. */
    void begin(Owners owners) {
        if (!used) {
            return;
        }
        for (ProjectId project : Owners.PROJECTS) {
            for (int i = 1; i <= 2; i++) {
                if (dice.chance(0.6)) {
                    groups.computeIfAbsent(project, id -> new ArrayList<>())
                            .add(owners.createGroup(
                                    project + "-group-" + i, project, dice.pick(List.of(GroupPolicy.values()))));
                }
            }
        }
    }

    @Nullable
    ServerGroupId group(ProjectId project) {
        List<ServerGroupId> known = groups.getOrDefault(project, List.of());
        return !known.isEmpty() && dice.chance(0.25) ? dice.pick(known) : null;
    }

    /** Some who count on their guest's heartbeat have forgotten to install what sends it. */
    void made(InstanceId instance, Map<String, String> metadata) {
        if (TermsRule.read(metadata).readiness().needsHeartbeat() && silence.chance(0.15)) {
            world.beats().silent(instance, true);
        }
    }

    Map<String, String> metadata(String name, ProjectId project) {
        if (!used) {
            return Map.of();
        }
        List<String> others = names.computeIfAbsent(project, id -> new ArrayList<>());
        Map<String, String> words = new LinkedHashMap<>();
        if (dice.chance(0.4)) {
            words.put(TermsRule.PRIORITY, String.valueOf(dice.between(0, 1000)));
        }
        if (!others.isEmpty() && dice.chance(0.3)) {
            words.put(TermsRule.DEPENDS_ON, dice.pick(others));
        }
        if (dice.chance(0.2)) {
            words.put(TermsRule.READY, dice.chance(0.5) ? "heartbeat" : "after:" + dice.between(1, 40));
        }
        if (dice.chance(0.1)) {
            words.put(TermsRule.ON_HOST_FAILURE, "stopped");
        }
        if (dice.chance(0.15)) {
            words.put(TermsRule.RESTART_LIMIT, String.valueOf(dice.between(0, 3)));
        }
        if (dice.chance(0.15)) {
            words.put(TermsRule.RELOCATE_LIMIT, String.valueOf(dice.between(1, 4)));
        }
        if (goingBack.chance(0.2)) {
            words.put(TermsRule.FAILBACK, "true");
        }
        if (asking && consumers.chance(0.4)) {
            words.put(
                    TermsRule.SAY,
                    consumers.between(1, 60) + consumers.pick(List.of("", ":recover", ":leave", ":stopped")));
        }
        others.add(name);
        return words;
    }
}
