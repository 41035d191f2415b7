//! The map of the world: where clusters lie, in the projection Equal Earth (Šavrič, Patterson and Jenny, 2018).
//!
//! Outlines are those of Natural Earth, public domain, as `world/make.py` has them. A cluster whose place is on record is a
//! dot; of others the outline of their country is drawn, since nothing says where in it they lie.

use std::{
    collections::{BTreeMap, HashMap},
    f64::consts::PI,
    sync::LazyLock,
};

use serde::Serialize;
use serde_json::Value;

use super::{items, number, percent, tenth};

/// The size of the drawing, in its own units.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 429.0;
/// The degrees of latitude that it reaches to.
const SOUTH: f64 = -56.0;
const NORTH: f64 = 80.0;
/// The coefficients of the projection.
const A: [f64; 4] = [1.340_264, -0.081_106, 0.000_893, 0.003_796];
/// Half of the width of the world in the projection: where 180° east lies on the equator.
const EAST: f64 = 2.706_629_983_692_05;
/// The radius of a dot without projects, and how it grows with the root of their number, in pixels.
const RADIUS: f64 = 4.0;
const RADIUS_PER_ROOT: f64 = 1.4;
const RADIUS_MAX: f64 = 14.0;

/// All land, and each country by its code, as paths.
static OUTLINES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("world/world.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).collect()
});

/// The map, as the template draws it.
#[derive(Debug, Serialize)]
pub struct Map {
    land: &'static str,
    countries: Vec<Outlined>,
    dots: Vec<Dot>,
    /// How many clusters are on it in one of both ways.
    clusters: usize,
    /// How many are not, since neither their place nor the outline of their country is known.
    missing: usize,
}

/// A country in which clusters lie of which no place is on record.
#[derive(Debug, Serialize)]
struct Outlined {
    country: String,
    path: &'static str,
    names: Vec<String>,
}

/// A cluster at its place.
#[derive(Debug, Serialize)]
struct Dot {
    x: String,
    y: String,
    r: String,
    id: String,
    name: String,
    country: Value,
    projects: Value,
    /// Whether its name stands to the left, since there is no room to the right.
    ends: bool,
}

/// Where a point lies, in shares of the width and of the height; `None` outside of the drawing.
fn place(latitude: f64, longitude: f64) -> Option<(f64, f64)> {
    if !(SOUTH..=NORTH).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        return None;
    }
    let projected = |latitude: f64, longitude: f64| {
        let theta = (3.0_f64.sqrt() / 2.0 * (latitude * PI / 180.0).sin()).asin();
        let square = theta * theta;
        let sixth = square * square * square;
        let stretch = 3.0 * (A[0] + 3.0 * A[1] * square + sixth * (7.0 * A[2] + 9.0 * A[3] * square));
        let x = 2.0 * 3.0_f64.sqrt() * (longitude * PI / 180.0) * theta.cos() / stretch;
        (x, theta * (A[0] + A[1] * square + sixth * (A[2] + A[3] * square)))
    };
    let (x, y) = projected(latitude, longitude);
    let (_, top) = projected(NORTH, 0.0);
    let scale = WIDTH / (2.0 * EAST);
    Some(((x + EAST) * scale / WIDTH, (top - y) * scale / HEIGHT))
}

/// The map of `clusters`, as the API lists them.
pub fn map(clusters: &Value) -> Map {
    let mut countries: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let (mut dots, mut missing) = (Vec::new(), 0);
    for cluster in items(clusters) {
        let name = cluster["name"].as_str().unwrap_or("a cluster without a name").to_owned();
        let degrees = |member: &str| cluster["location"][member].as_str()?.parse::<f64>().ok();
        let at = degrees("latitude").zip(degrees("longitude")).and_then(|(latitude, longitude)| place(latitude, longitude));
        match (at, cluster["country"].as_str()) {
            (Some((x, y)), _) => {
                let projects = &cluster["rollUp"]["projects"];
                let radius = RADIUS + RADIUS_PER_ROOT * number(projects).unwrap_or_default().max(0.0).sqrt();
                dots.push(Dot {
                    x: percent(x),
                    y: percent(y),
                    r: tenth(radius.min(RADIUS_MAX)),
                    id: cluster["id"].as_str().unwrap_or_default().to_owned(),
                    name,
                    country: cluster["country"].clone(),
                    projects: projects.clone(),
                    ends: x > 0.8,
                });
            }
            (None, Some(country)) if OUTLINES.contains_key(country) => countries.entry(country).or_default().push(name),
            _ => missing += 1,
        }
    }
    let outlined = |(country, names): (&str, Vec<String>)| {
        let path = OUTLINES.get(country).copied().unwrap_or_default();
        Outlined { country: country.to_owned(), path, names }
    };
    let countries: Vec<_> = countries.into_iter().map(outlined).collect();
    let clusters = dots.len() + countries.iter().map(|outlined| outlined.names.len()).sum::<usize>();
    Map { land: OUTLINES.get("land").copied().unwrap_or_default(), countries, dots, clusters, missing }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_projection_is_that_of_its_authors() {
        // The equator from west to east, and the corners of the drawing.
        let shares = |latitude, longitude| place(latitude, longitude).map(|(x, y)| (x, y * HEIGHT));
        let close = |(x, y): (f64, f64), (other_x, other_y): (f64, f64)| (x - other_x).abs() < 1e-4 && (y - other_y).abs() < 0.51;
        assert!(close(shares(0.0, 180.0).unwrap(), (1.0, shares(0.0, 0.0).unwrap().1)));
        assert!(close(shares(0.0, -180.0).unwrap(), (0.0, shares(0.0, 0.0).unwrap().1)));
        assert!(close(shares(80.0, 0.0).unwrap(), (0.5, 0.0)));
        assert!(close(shares(-56.0, 0.0).unwrap(), (0.5, HEIGHT)));
        for (latitude, longitude) in [(81.0, 0.0), (-57.0, 0.0), (0.0, 181.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(place(latitude, longitude), None);
        }
    }

    #[test]
    fn a_cluster_is_a_dot_or_lies_somewhere_in_its_country_or_is_said_to_be_missing() {
        let clusters = json!([
            { "id": "cluster-1", "name": "Estuary", "country": "NL", "rollUp": { "projects": 9 },
              "location": { "latitude": "51.95", "longitude": "4.1" } },
            { "id": "cluster-2", "name": "Firth", "country": "GB", "location": null },
            { "id": "cluster-3", "name": "Humber", "country": "GB", "location": null },
            { "id": "cluster-4", "name": "Nowhere", "country": null },
        ]);
        let map = map(&clusters);
        assert_eq!((map.dots.len(), map.clusters, map.missing), (1, 3, 1));
        assert_eq!(map.countries[0].names, ["Firth", "Humber"]);
        assert_eq!((map.dots[0].r.as_str(), map.dots[0].ends), ("8.2", false));
    }

    #[test]
    fn the_outlines_are_small_and_every_one_is_a_path() {
        assert!(OUTLINES["land"].len() <= 8_192, "{}", OUTLINES["land"].len());
        for (name, path) in OUTLINES.iter() {
            let is_path = path.starts_with('M') && path.ends_with('z');
            assert!(is_path && path.bytes().all(|sign| b"Mlz -0123456789".contains(&sign)), "{name}");
        }
    }
}
