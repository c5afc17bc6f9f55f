package io.holdfast.compute.grpc;

import io.holdfast.compute.grpc.v1.GuestCell;
import io.holdfast.compute.grpc.v1.GuestDevice;
import io.holdfast.compute.grpc.v1.GuestSpec;
import io.holdfast.model.CellClaim;
import io.holdfast.model.Devices;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a guest has of its host's cells and devices, in the protocol's words. Pure. */
final class CellWire {

    private CellWire() {}

    static void write(CellClaim claim, GuestSpec.Builder spec) {
        claim.parts()
                .forEach(part -> spec.addCells(GuestCell.newBuilder()
                        .setHostCell(part.cell())
                        .setVcpus(part.vcpus())
                        .setMemoryMib(part.memoryMib())
                        .setPageKib(part.pageKib())
                        .addAllPins(part.pins())
                        .addAllShared(part.shared())));
        claim.devices()
                .of()
                .forEach((alias, addresses) -> addresses.forEach(address ->
                        spec.addDevices(GuestDevice.newBuilder().setAlias(alias).setAddress(address))));
    }

    static CellClaim read(List<GuestCell> cells, List<GuestDevice> devices) {
        SortedMap<String, SortedSet<String>> given = new TreeMap<>();
        devices.forEach(device -> given.computeIfAbsent(device.getAlias(), alias -> new TreeSet<>())
                .add(device.getAddress()));
        return cells.isEmpty() && given.isEmpty()
                ? CellClaim.NONE
                : new CellClaim(
                        cells.stream()
                                .map(cell -> new CellClaim.Part(
                                        cell.getHostCell(),
                                        cell.getVcpus(),
                                        cell.getMemoryMib(),
                                        cell.getPageKib(),
                                        cell.getPinsList(),
                                        new TreeSet<>(cell.getSharedList())))
                                .toList(),
                        new Devices(given));
    }
}
