package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openstack4j.api.Builders;
import org.openstack4j.api.OSClient.OSClientV3;
import org.openstack4j.api.exceptions.AuthenticationException;
import org.openstack4j.model.common.ActionResponse;
import org.openstack4j.model.common.Identifier;
import org.openstack4j.model.common.Payloads;
import org.openstack4j.model.compute.Action;
import org.openstack4j.model.compute.Flavor;
import org.openstack4j.model.compute.Server;
import org.openstack4j.model.compute.Server.Status;
import org.openstack4j.model.compute.ServerUpdateOptions;
import org.openstack4j.model.image.v2.ContainerFormat;
import org.openstack4j.model.image.v2.DiskFormat;
import org.openstack4j.model.image.v2.Image;
import org.openstack4j.model.network.IPVersionType;
import org.openstack4j.model.network.Network;
import org.openstack4j.model.network.NetworkType;
import org.openstack4j.openstack.OSFactory;

/** OpenStack4j, as a Java program uses it, against a whole controller: from the login to a server that is gone again. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class JavaClientOnRealControllerTest {

    private static final Identifier DEFAULT = Identifier.byName("Default");

    @TempDir
    Path home;

    private CloudInMemory cloud;

    @BeforeEach
    void start() throws Exception {
        cloud = new CloudInMemory(home);
    }

    @AfterEach
    void stop() {
        cloud.close();
    }

    private OSClientV3 login(String password) {
        return OSFactory.builderV3()
                .endpoint(cloud.url() + "/identity/v3")
                .credentials("admin", password, DEFAULT)
                .scopeToProject(Identifier.byName("admin"), DEFAULT)
                .authenticate();
    }

    private static Server when(OSClientV3 os, Server server, Status status) {
        Server shown = os.compute().servers().waitForServerStatus(server.getId(), status, 60, TimeUnit.SECONDS);
        assertThat(shown.getStatus()).isEqualTo(status);
        return shown;
    }

    @Test
    void bootsStopsStartsAndDeletesAServer() throws Exception {
        assertThatThrownBy(() -> login("guess")).isInstanceOf(AuthenticationException.class);
        OSClientV3 os = login(Files.readString(cloud.password()).strip());
        assertThat(os.getToken().getProject().getName()).isEqualTo("admin");
        assertThat(os.getToken().getCatalog())
                .extracting(service -> service.getType())
                .contains("compute", "image", "network");

        Flavor flavor = os.compute()
                .flavors()
                .create(Builders.flavor().name("small").ram(16).vcpus(1).disk(1).build());
        assertThat(os.compute().flavors().list()).extracting(Flavor::getName).containsExactly("small");
        Image described = os.imagesV2()
                .create(Builders.imageV2()
                        .name("debian")
                        .diskFormat(DiskFormat.QCOW2)
                        .containerFormat(ContainerFormat.BARE)
                        .build());
        Path content = Files.write(home.resolve("debian.qcow2"), CloudInMemory.qcow2());
        ActionResponse uploaded = os.imagesV2().upload(described.getId(), Payloads.create(content.toFile()), described);
        assertThat(uploaded.isSuccess()).as(uploaded.getFault()).isTrue();
        assertThat(os.imagesV2().list()).singleElement().satisfies(image -> {
            assertThat(image.getStatus()).isEqualTo(Image.ImageStatus.ACTIVE);
            assertThat(image.getSize()).isEqualTo(Files.size(content));
        });
        Network network = os.networking()
                .network()
                .create(Builders.network()
                        .name("lan")
                        .isShared(true)
                        .adminStateUp(true)
                        .networkType(NetworkType.FLAT)
                        .physicalNetwork("default")
                        .build());
        os.networking()
                .subnet()
                .create(Builders.subnet()
                        .name("v4")
                        .networkId(network.getId())
                        .ipVersion(IPVersionType.V4)
                        .cidr("192.0.2.0/24")
                        .build());

        Server made = os.compute()
                .servers()
                .boot(Builders.server()
                        .name("vm1")
                        .flavor(flavor.getId())
                        .image(described.getId())
                        .networks(List.of(network.getId()))
                        .addMetadataItem("role", "web")
                        .build());
        Server active = when(os, made, Status.ACTIVE);
        assertThat(active.getHost()).startsWith("h");
        assertThat(active.getMetadata()).containsEntry("role", "web");
        assertThat(active.getAddresses().getAddresses("lan"))
                .singleElement()
                .satisfies(address -> assertThat(address.getAddr()).startsWith("192.0.2."));
        assertThat(os.compute()
                        .servers()
                        .update(made.getId(), ServerUpdateOptions.create().name("vm2"))
                        .getName())
                .isEqualTo("vm2");

        assertThat(os.compute().servers().action(made.getId(), Action.STOP).isSuccess())
                .isTrue();
        when(os, made, Status.SHUTOFF);
        ActionResponse again = os.compute().servers().action(made.getId(), Action.STOP);
        assertThat(again.isSuccess()).isFalse();
        assertThat(again.getCode()).isEqualTo(409);
        assertThat(again.getFault()).contains("stop");
        assertThat(os.compute().servers().action(made.getId(), Action.START).isSuccess())
                .isTrue();
        when(os, made, Status.ACTIVE);

        assertThat(os.compute().servers().delete(made.getId()).isSuccess()).isTrue();
        assertThat(os.compute().servers().get(made.getId())).isNull();
        // Its host has removed it, too.
        // The client knows who one is in one thread alone.
        await().pollInSameThread()
                .atMost(Duration.ofSeconds(60))
                .until(() -> os.compute().servers().list().isEmpty());
        assertThat(os.compute().flavors().delete(flavor.getId()).isSuccess()).isTrue();
        assertThat(os.imagesV2().get("00000000-0000-4000-8000-000000000000")).isNull();
    }
}
