#!/usr/bin/env python3
"""Makes world.txt of the package world-atlas (npm), whose outlines are those of Natural Earth, public domain.

    npm pack world-atlas && tar xf world-atlas-*.tgz
    ./make.py package COUNTRIES.csv > world.txt

COUNTRIES.csv has the columns alpha2 and numeric. world.txt has a line for all land, `land`, and one for each country by its
alpha-2 code: a path in the units of a drawing that is 1000 wide, in the projection Equal Earth (Šavrič, Patterson and Jenny,
2018) from 56° south to 80° north. Lines are simplified by Douglas and Peucker's rule, to 0.9 units for the land, and islets
of less than 6 square units are left out. Of a country that is too small for the coarse outlines the fine ones are taken.
"""

import csv
import json
import math
import sys

WIDTH, SOUTH, NORTH = 1000, -56, 80
A = (1.340264, -0.081106, 0.000893, 0.003796)


def projected(longitude, latitude):
    latitude = max(SOUTH, min(NORTH, latitude))
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    square = theta * theta
    sixth = square**3
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(theta)
    x /= 3 * (A[0] + 3 * A[1] * square + sixth * (7 * A[2] + 9 * A[3] * square))
    y = theta * (A[0] + A[1] * square + sixth * (A[2] + A[3] * square))
    return x, y


EAST = projected(180, 0)[0]
TOP = projected(0, NORTH)[1]
SCALE = WIDTH / (2 * EAST)
HEIGHT = round((TOP - projected(0, SOUTH)[1]) * SCALE)


def placed(point):
    x, y = projected(*point)
    return (x + EAST) * SCALE, (TOP - y) * SCALE


def arcs_of(topology):
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
        arcs.append(points)
    return arcs


def cut(ring):
    """The parts of a ring that crosses the 180th meridian, each on its own side of it."""
    parts, part = [], [ring[0]]
    for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
        if abs(x2 - x1) > 180:
            side = 180 if x1 > 0 else -180
            there = x2 + 2 * side
            share = (side - x1) / (there - x1) if there != x1 else 0
            y = y1 + share * (y2 - y1)
            parts.append(part + [(side, y)])
            part = [(-side, y)]
        part.append((x2, y2))
    if not parts:
        return [ring]
    # What is left belongs to where the ring began.
    parts[0] = part + parts[0][1:]
    return [part + [part[0]] for part in parts]


def rings(geometry, arcs):
    polygons = {"Polygon": [geometry.get("arcs")], "MultiPolygon": geometry.get("arcs")}.get(geometry["type"], [])
    for polygon in polygons:
        for ring in polygon:
            points = []
            for index in ring:
                arc = arcs[index] if index >= 0 else arcs[~index][::-1]
                points += arc[1:] if points else arc
            yield from cut(points)


def distance(point, start, end):
    (x, y), (x1, y1), (x2, y2) = point, start, end
    length = math.hypot(x2 - x1, y2 - y1)
    if length == 0:
        return math.hypot(x - x1, y - y1)
    return abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length


def simplified(points, tolerance):
    keep, stack = {0, len(points) - 1}, [(0, len(points) - 1)]
    while stack:
        start, end = stack.pop()
        inner = [(distance(points[at], points[start], points[end]), at) for at in range(start + 1, end)]
        far, at = max(inner, default=(0, 0))
        if far > tolerance:
            keep.add(at)
            stack += [(start, at), (at, end)]
    return [points[at] for at in sorted(keep)]


def area(points):
    pairs = zip(points, points[1:] + points[:1])
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def within(ring):
    """A ring that lies south of the drawing, such as Antarctica's, has no place in it."""
    return any(latitude > SOUTH for _, latitude in ring)


def path(geometries, arcs, tolerance, least):
    drawn = []
    for geometry in geometries:
        for ring in rings(geometry, arcs):
            if not within(ring):
                continue
            points = [placed(point) for point in ring]
            if area(points) < least:
                continue
            # A ring is cut in two, so that it keeps more than its one end.
            half = len(points) // 2
            points = simplified(points[: half + 1], tolerance) + simplified(points[half:], tolerance)[1:]
            points = [(round(x), round(y)) for x, y in points]
            steps = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in zip(points, points[1:])]
            steps = [step for step in steps if step != (0, 0)]
            if len(steps) < 3:
                continue
            x, y = points[0]
            drawn.append(f"M{x} {y}l" + " ".join(f"{dx} {dy}" for dx, dy in steps[:-1]).replace(" -", "-") + "z")
    return "".join(drawn)


def main(package, countries):
    read = lambda name: json.load(open(f"{package}/{name}", encoding="utf-8"))
    land, coarse, fine = read("land-110m.json"), read("countries-110m.json"), read("countries-50m.json")
    print(f"# Outlines: Natural Earth, public domain. Made by make.py. The drawing is {WIDTH} by {HEIGHT}.")
    print("land", path(land["objects"]["land"]["geometries"], arcs_of(land), 0.9, 6))
    shapes = []
    for topology, tolerance, least in ((coarse, 0.6, 1), (fine, 0.2, 0)):
        by_number = {}
        for geometry in topology["objects"]["countries"]["geometries"]:
            by_number.setdefault(int(geometry.get("id", 0) or 0), []).append(geometry)
        shapes.append((by_number, arcs_of(topology), tolerance, least))
    for row in csv.DictReader(open(countries, encoding="utf-8")):
        for by_number, arcs, tolerance, least in shapes:
            drawn = path(by_number.get(int(row["numeric"]), []), arcs, tolerance, least)
            if drawn:
                print(row["alpha2"], drawn)
                break


main(*sys.argv[1:])
