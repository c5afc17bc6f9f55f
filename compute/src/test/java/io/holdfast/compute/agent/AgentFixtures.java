package io.holdfast.compute.agent;

import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Orders and settings that tests share. */
public final class AgentFixtures {

    public static final HostId H1 = HostId.of("h1");

    private AgentFixtures() {}

    public static InstanceId instance(int number) {
        return InstanceId.of(new UUID(0x1111_2222_3333_4444L, 0x8000_0000_0000_0000L | number));
    }

    public static GuestSpec spec(InstanceId instance) {
        return spec(instance, "instances/" + instance + "/memory.save");
    }

    /** @param memory where its memory is kept, or null for a guest that begins anew */
    public static GuestSpec spec(InstanceId instance, @Nullable String memory) {
        return new GuestSpec(
                "vm <&> \"" + instance + "\"",
                1,
                8,
                "instances/" + instance + "/disk.qcow2",
                "images/boot.raw",
                "raw",
                0,
                null,
                null,
                null,
                List.of(),
                memory);
    }

    public static InstanceOrder order(int instance, long generation, InstanceGoal goal) {
        return order(instance, generation, goal, 0, 1);
    }

    public static InstanceOrder order(int instance, long generation, InstanceGoal goal, long epoch, long leader) {
        return new InstanceOrder(
                H1,
                HostEpoch.of(epoch),
                LeaderEpoch.of(leader),
                instance(instance),
                Generation.of(generation),
                goal,
                spec(instance(instance)));
    }

    public static AdoptOrder adopt(InstanceOrder... owned) {
        return adopt(0, 1, 1, owned);
    }

    public static AdoptOrder adopt(long epoch, long incarnation, long leader, InstanceOrder... owned) {
        return inBoot("boot-1", epoch, incarnation, leader, owned);
    }

    public static AdoptOrder inBoot(String boot, long epoch, long incarnation, long leader, InstanceOrder... owned) {
        return new AdoptOrder(
                H1, HostEpoch.of(epoch), Incarnation.of(incarnation), boot, 0, LeaderEpoch.of(leader), List.of(owned));
    }

    /** The list of that number for that boot, of one life and one leader. */
    public static AdoptOrder list(String boot, long number, InstanceOrder... owned) {
        return new AdoptOrder(H1, HostEpoch.of(3), Incarnation.of(2), boot, number, LeaderEpoch.of(5), List.of(owned));
    }

    /** Quick where the defaults are patient. */
    public static AgentSettings settings(Path storage, String libvirtUri) {
        AgentSettings defaults = AgentSettings.defaults();
        return new AgentSettings(
                "127.0.0.1",
                0,
                null,
                storage,
                defaults.imagesDirectory(),
                defaults.instancesDirectory(),
                defaults.driver(),
                libvirtUri,
                AgentSettings.Virtualization.TCG,
                defaults.diskCache(),
                defaults.bootIdFile(),
                defaults.zone(),
                4,
                4096,
                100,
                Duration.ofMillis(300),
                defaults.startsLimit(),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                defaults.keepaliveInterval(),
                defaults.keepaliveCount(),
                3,
                Duration.ofMillis(20),
                Duration.ofSeconds(30),
                defaults.restartsPerWindow(),
                defaults.restartWindow(),
                defaults.arrivalsGrace(),
                defaults.cpuDedicatedSet(),
                defaults.pciDevices(),
                defaults.supervisor());
    }

    /** The settings with some components replaced: name, value, name, value. */
    public static AgentSettings with(AgentSettings settings, Object... changes) {
        try {
            RecordComponent[] components = AgentSettings.class.getRecordComponents();
            Class<?>[] types = new Class<?>[components.length];
            Object[] values = new Object[components.length];
            List<Object> wanted = List.of(changes);
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                int at = wanted.indexOf(components[i].getName());
                values[i] = at < 0 ? components[i].getAccessor().invoke(settings) : wanted.get(at + 1);
            }
            return AgentSettings.class.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                throw refused;
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
