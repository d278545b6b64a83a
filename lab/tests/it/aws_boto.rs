//! AWS's own client for Python, which reads answers by AWS's description of its services, understands the lab.

use std::process::Command;

use lab::Aws;

#[tokio::test]
async fn the_client_of_aws_understands_every_answer() {
    let aws = Aws::start().await;
    let environment = aws.environment();
    let said = tokio::task::spawn_blocking(move || {
        let python = lab::moto::executable().unwrap_or_else(|error| panic!("{error}"));
        Command::new(python)
            .args(["-c", include_str!("fixtures/aws_client.py")])
            .envs(environment)
            .output()
            .expect("Python starts")
    });
    let said = said.await.unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert_eq!(aws.violations(), [""; 0]);
    assert_eq!((aws.count("route53", "/ListResourceRecordSets"), aws.count("route53", "/GetChange")), (3, 1));
}
